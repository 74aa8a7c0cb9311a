import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { isId } from "../calls/members.ts";

/** What an answer or an event names. */
export interface Told {
  readonly tasks: ReadonlySet<string>;
  readonly contexts: ReadonlySet<string>;
  /** Of the task, where it says one: `TASK_STATE_WORKING`, `working`. */
  readonly state: string | null;
  /** It holds an id that is none: too long, or no text. */
  readonly odd: boolean;
}

/** How a result wraps what it holds: 1.0, and HTTP+JSON of 0.3. JSON-RPC of 0.3 does not wrap. */
const WRAPPERS = ["task", "message", "msg", "statusUpdate", "artifactUpdate"];

/** Reads a result of SendMessage, an event of a stream, or a task. */
export function readTold(result: Json | undefined): Told {
  const objects = isJsonObject(result) ? unwrap(result) : [];
  const tasks = new Set<string>();
  const contexts = new Set<string>();
  let state: string | null = null;
  let odd = false;
  const note = (value: Json | undefined, into: Set<string>): void => {
    if (value === undefined || value === null || value === "") return;
    if (isId(value)) into.add(value);
    else odd = true;
  };
  for (const object of objects) {
    note(object["contextId"], contexts);
    note(object["taskId"], tasks);
    // A task is what has a status and an id of its own; an artifact or a message has neither.
    if (isTask(object)) note(object["id"], tasks);
    const status = object["status"];
    const said = isJsonObject(status) ? status["state"] : undefined;
    if (typeof said === "string") state = said.slice(0, 64);
  }
  return { tasks, contexts, state, odd };
}

function unwrap(result: JsonObject): readonly JsonObject[] {
  const wrapped = WRAPPERS.flatMap((name) => {
    const inner = result[name];
    return isJsonObject(inner) ? [inner] : [];
  });
  return wrapped.length > 0 && result["kind"] === undefined ? wrapped : [result, ...wrapped];
}

const isTask = (object: JsonObject) =>
  object["kind"] === "task" ||
  (object["kind"] === undefined && object["taskId"] === undefined && object["messageId"] === undefined);
