import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { A2aError } from "../errors/a2a-error.ts";

/** What decides whose a call is, by the spellings of the specification. */
const KNOWN = [
  ...["jsonrpc", "id", "method", "params"],
  ...["tenant", "message", "configuration", "name", "parent", "config", "configId"],
  ...["taskId", "contextId", "referenceTaskIds"],
  ...["pushNotification", "pushNotificationConfig", "pushNotificationConfigId", "taskPushNotificationConfig"],
  ...["url", "token", "authentication"],
];

/** ProtoJSON's other spelling of each: the field's name in the proto. */
const PROTO_NAMES = new Map(
  KNOWN.map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name] as const).filter(
    ([proto, name]) => proto !== name,
  ),
);

const fold = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const SPELLINGS = new Map(KNOWN.map((name) => [fold(name), name]));
/** Names that protocol buffers still read beside the one they show: 0.3 calls `message` so. */
const ALIASES: ReadonlySet<string> = new Set(["request"]);

/**
 * An object of the protocol itself (not of a user's `metadata`), in which nothing may be said twice: ProtoJSON also reads `task_id` for
 * `taskId`, Go's decoder `TASKID` and the long s, and an agent would then act on another task than the one that was judged here. The first of these is
 * a spelling of its own right, so it is put right (`plainParams`) before this; every other is refused.
 * @throws A2aError `INVALID_PARAMS`
 */
export function readMembers(value: Json | undefined, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalid(`${what} must be an object`);
  for (const name of Object.keys(value)) {
    const known = SPELLINGS.get(fold(name));
    if ((known !== undefined && known !== name) || ALIASES.has(name) || /[^\x20-\x7e]/.test(name))
      throw invalid(`${what} has a member that is spelled in another way than the specification's`);
  }
  return value;
}

/** An id that an agent or a client made up. Longer ones would be keys without end. */
const ID = /^[^\x00-\x1f\x7f]{1,256}$/;

/**
 * @returns `null` where there is none: absent, `null`, or empty, as ProtoJSON has it
 * @throws A2aError `INVALID_PARAMS` for what is no string: servers make strings of lists and numbers, each in its own way
 */
export function readId(object: JsonObject, member: string): string | null {
  const value = object[member];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || !ID.test(value)) throw invalid(`${member} must be an id`);
  return value;
}

export const isId = (value: unknown): value is string => typeof value === "string" && ID.test(value);

/** @throws A2aError `INVALID_PARAMS` */
export function readIds(object: JsonObject, member: string): readonly string[] {
  const value = object[member];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > 100) throw invalid(`${member} must be a list of ids`);
  return value.map((_id, index) => {
    const id = readId({ id: value[index] as Json }, "id");
    if (id === null) throw invalid(`${member} must be a list of ids`);
    return id;
  });
}

export const invalid = (message: string): A2aError => new A2aError("INVALID_PARAMS", message);

/** Where objects of the protocol stand in the params of any operation. */
const INNER = new Set(["message", "configuration", "authentication"]);
const CONFIGS = new Set(["taskPushNotificationConfig", "pushNotificationConfig", "pushNotification"]);

/**
 * The params with proto spellings as JSON has them, at every place where the protocol has an object. What stands under both names is left, and refused
 * by `readMembers`.
 * @returns the very same object where nothing was to be changed: the body that came may then go on
 */
export function plainParams(params: JsonObject): JsonObject {
  let changed = false;
  const entries = Object.entries(params).map(([name, value]) => {
    const plain = PROTO_NAMES.get(name);
    const said = plain !== undefined && !Object.hasOwn(params, plain) ? plain : name;
    const isInner = (INNER.has(said) || CONFIGS.has(said)) && isJsonObject(value);
    const inner: Json = isInner ? plainParams(value) : value;
    changed ||= said !== name || inner !== value;
    return [said, inner] as const;
  });
  return changed ? Object.fromEntries(entries) : params;
}
