import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";

/** An agent's task as it stands, or what it answered at once; of A2A 1.0 and 0.3 alike. */
export interface Answered {
  /** The agent's own name for its task; `null`: it answered with a message and has made none. */
  readonly task: string | null;
  /** `completed`, `input-required`, … as 0.3 spells them. */
  readonly state: string;
  readonly result: AgentResult;
}

/** What a task of an agent comes to. */
export interface AgentResult {
  /** The texts of its artifacts, or of its last message, line by line. */
  readonly text: string;
  readonly data?: readonly Json[];
  readonly files?: readonly JsonObject[];
  /** Under which the agent's task can be read at the agent's own route. */
  readonly task?: string;
}

/** Reads a result of SendMessage or GetTask. @returns `undefined` for what is neither a task nor a message */
export function readAnswer(result: Json | undefined): Answered | undefined {
  if (!isJsonObject(result)) return undefined;
  const { task, message } = result;
  if (isJsonObject(message)) return readMessage(message);
  if (result["kind"] === "message") return readMessage(result);
  return readTask(isJsonObject(task) ? task : result);
}

function readMessage(message: JsonObject): Answered {
  return { task: null, state: "completed", result: resultOf(list(message["parts"]), null) };
}

function readTask({ id, status, artifacts }: JsonObject): Answered | undefined {
  if (typeof id !== "string" || id === "" || !isJsonObject(status)) return undefined;
  const { state, message } = status;
  if (typeof state !== "string") return undefined;
  const made = list(artifacts).flatMap(({ parts }) => list(parts));
  const said = isJsonObject(message) ? list(message["parts"]) : [];
  const spelled = state
    .replace(/^TASK_STATE_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
  return { task: id, state: spelled, result: resultOf(made.length > 0 ? made : said, id) };
}

function resultOf(parts: readonly JsonObject[], task: string | null): AgentResult {
  const texts = parts.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  const data = parts.flatMap((part) => (part["data"] === undefined ? [] : [part["data"]]));
  const files = parts.flatMap((part) => {
    // 0.3 has a member of its own for files.
    const file = isJsonObject(part["file"]) ? part["file"] : part;
    return ["url", "raw", "uri", "bytes"].some((name) => typeof file[name] === "string") ? [file] : [];
  });
  return {
    text: texts.join("\n"),
    ...(data.length > 0 ? { data } : {}),
    ...(files.length > 0 ? { files } : {}),
    ...(task === null ? {} : { task }),
  };
}

function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
}
