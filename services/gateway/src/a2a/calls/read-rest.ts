import { GatewayError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from "../../core/strict-json.ts";
import { A2aError } from "../errors/a2a-error.ts";
import type { A2aCall, NamedThings } from "./call.ts";
import { invalid, isId, plainParams, readMembers } from "./members.ts";
import { readNamed } from "./named.ts";
import type { Era, OperationName } from "./operations.ts";

/** What a path and method of HTTP+JSON do, before any body is read. */
export interface RestRoute {
  readonly operation: OperationName;
  readonly era: Era;
  readonly task: string | null;
  readonly config: string | null;
  /** Below the interface's address, made anew of what was read. */
  readonly path: string;
}

const MAX_DEPTH = 64;

/** Query parameters that go on; a tenant is pinned, and what nobody knows is dropped. */
const QUERY: ReadonlySet<string> = new Set([
  ...["historyLength", "history_length", "contextId", "status", "pageSize", "pageToken"],
  ...["statusTimestampAfter", "lastUpdatedAfter", "includeArtifacts"],
]);

/**
 * Reads `/message:send`, `/tasks/{id}:cancel` and the like; below `/v1` it is 0.3.
 * @param rest the path below `/rest`, as it came
 * @throws GatewayError `not_found`
 */
export function readRestRoute(method: string, rest: string): RestRoute {
  const segments = rest.replace(/^\/|\/$/g, "").split("/");
  const era: Era = segments[0] === "v1" ? "0.3" : "1.0";
  const [place = "", thing, kind, config, ...more] = era === "0.3" ? segments.slice(1) : segments;
  const prefix = era === "0.3" ? "/v1" : "";
  const route = (operation: OperationName, path: string, task: string | null = null): RestRoute => ({
    operation,
    era,
    task,
    config: null,
    path: prefix + path,
  });
  if (more.length > 0) throw absent();
  if (thing === undefined) return readPlace(method, place, { era, route });
  if (place !== "tasks") throw absent();
  if (kind === undefined) return readTask(method, thing, route);
  if (kind !== "pushNotificationConfigs") throw absent();
  const task = decode(thing);
  const configs = `/tasks/${encodeURIComponent(task)}/pushNotificationConfigs`;
  if (config === undefined && method === "POST")
    return route("CreateTaskPushNotificationConfig", configs, task);
  if (config === undefined && method === "GET")
    return route("ListTaskPushNotificationConfigs", configs, task);
  if (config === undefined || (method !== "GET" && method !== "DELETE")) throw absent();
  const operation = method === "GET" ? "GetTaskPushNotificationConfig" : "DeleteTaskPushNotificationConfig";
  const id = decode(config);
  return { ...route(operation, `${configs}/${encodeURIComponent(id)}`, task), config: id };
}

type Make = (operation: OperationName, path: string, task?: string) => RestRoute;

function readPlace(method: string, place: string, { era, route }: { era: Era; route: Make }): RestRoute {
  if (method === "POST" && place === "message:send") return route("SendMessage", "/message:send");
  if (method === "POST" && place === "message:stream")
    return route("SendStreamingMessage", "/message:stream");
  if (method === "GET" && place === "tasks") return route("ListTasks", "/tasks");
  const card = era === "0.3" ? "card" : "extendedAgentCard";
  if (method === "GET" && place === card) return route("GetExtendedAgentCard", `/${card}`);
  throw absent();
}

/** The verb stands behind the last colon; an id may hold colons itself. */
function readTask(method: string, segment: string, route: Make): RestRoute {
  const colon = segment.lastIndexOf(":");
  const verb = colon === -1 ? "" : segment.slice(colon + 1);
  const isVerb = verb === "cancel" || verb === "subscribe";
  const task = decode(isVerb ? segment.slice(0, colon) : segment);
  const path = `/tasks/${encodeURIComponent(task)}`;
  if (verb === "cancel" && method === "POST") return route("CancelTask", `${path}:cancel`, task);
  // The text of the specification says POST, its proto GET.
  if (verb === "subscribe" && (method === "POST" || method === "GET"))
    return route("SubscribeToTask", `${path}:subscribe`, task);
  if (isVerb || method !== "GET") throw absent();
  return route("GetTask", path, task);
}

function decode(segment: string): string {
  const id = decodeURIComponent(segment);
  if (!isId(id)) throw absent();
  return id;
}

const absent = () => new GatewayError("not_found", "there is no such operation of A2A");

/**
 * The whole call. Ids stand in the path; a body that names another is refused.
 * @throws A2aError
 */
export function readRest(route: RestRoute, method: string, query: string, body: Buffer | null): A2aCall {
  const sent = readBody(body);
  const params = plainParams(sent);
  const { operation, era, path } = route;
  return {
    binding: "HTTP+JSON",
    era,
    operation,
    rpcId: null,
    params,
    body: params === sent ? body : Buffer.from(JSON.stringify(params)),
    method,
    path,
    query: readQuery(query),
    named: readThings(route, params),
  };
}

function readBody(body: Buffer | null): JsonObject {
  if (body === null || body.length === 0) return {};
  const value: Json | undefined = parseStrictJson(body, MAX_DEPTH);
  if (value === undefined)
    throw new A2aError("PARSE_ERROR", "the body is not JSON, or JSON that can be read in two ways");
  // Clients of 0.3 send `null` where there is nothing to say.
  if (value === null) return {};
  if (!isJsonObject(value)) throw invalid("the body must be an object");
  return value;
}

function readThings({ operation, era, task, config }: RestRoute, params: JsonObject): NamedThings {
  if (operation === "SendMessage" || operation === "SendStreamingMessage")
    return readNamed(operation, era, params);
  if (task === null) return { tasks: [], context: null, config };
  const body = readMembers(params, "the body");
  const own = operation === "CreateTaskPushNotificationConfig";
  for (const member of ["taskId", ...(own ? [] : ["id"])])
    if (body[member] !== undefined && body[member] !== "" && body[member] !== task)
      throw invalid(`${member} is another than the path's`);
  checkResourceName(body, task);
  if (!own) return { tasks: [task], context: null, config };
  const inner = era === "1.0" ? body : readMembers(body["pushNotificationConfig"], "pushNotificationConfig");
  readMembers(inner["authentication"], "authentication");
  const id = inner["id"];
  return { tasks: [task], context: null, config: isId(id) ? id : null };
}

/** 0.3 names by resource: `tasks/{id}/pushNotificationConfigs/{id}`. */
function checkResourceName(body: JsonObject, task: string): void {
  for (const member of ["name", "parent"]) {
    const name = body[member];
    if (name === undefined || name === "") continue;
    const [tasks, id] = typeof name === "string" ? name.split("/") : [];
    if (tasks !== "tasks" || id !== task) throw invalid(`${member} is another than the path's`);
  }
  if (body["config"] !== undefined) throw invalid("config is not a member of this body");
}

function readQuery(query: string): string {
  const kept = [...new URLSearchParams(query)].filter(([name]) => QUERY.has(name));
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept)}`;
}
