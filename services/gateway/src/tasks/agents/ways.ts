import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";

/** One request to an agent's route. */
export interface Asking {
  readonly method: "GET" | "POST";
  /** Below `/a2a/agents/<id>`. */
  readonly path: string;
  readonly body?: string;
}

/** How an agent is spoken to: the gateway translates nothing, so whoever asks speaks what the agent speaks. */
export interface Way {
  readonly version: string;
  send(id: string, input: unknown, atOnce: boolean): Asking;
  get(task: string): Asking;
  cancel(task: string): Asking;
  /** The result, or the reason of the error (`VERSION_NOT_SUPPORTED`, …). */
  read(status: number, body: Json): { readonly result: Json } | { readonly error: string };
}

const rpc = (method: string, params: object): Asking => ({
  method: "POST",
  path: "/rpc",
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
});

const messageOf = (id: string, input: unknown) => ({
  messageId: id,
  role: "ROLE_USER",
  parts: [typeof input === "string" ? { text: input } : { data: input }],
});

const modern = {
  version: "1.0",
  send: (id, input, atOnce) =>
    rpc("SendMessage", {
      message: messageOf(id, input),
      configuration: { returnImmediately: atOnce },
    }),
  get: (id) => rpc("GetTask", { id }),
  cancel: (id) => rpc("CancelTask", { id }),
  read: readRpc,
} satisfies Way;

const legacy = {
  version: "0.3",
  send: (id, input, atOnce) =>
    rpc("message/send", {
      message: {
        kind: "message",
        messageId: id,
        role: "user",
        parts: [typeof input === "string" ? { kind: "text", text: input } : { kind: "data", data: input }],
      },
      configuration: { blocking: !atOnce },
    }),
  get: (id) => rpc("tasks/get", { id }),
  cancel: (id) => rpc("tasks/cancel", { id }),
  read: readRpc,
} satisfies Way;

const rest = {
  version: "1.0",
  send: (id, input, atOnce) => ({
    method: "POST",
    path: "/rest/message:send",
    body: JSON.stringify({ message: messageOf(id, input), configuration: { returnImmediately: atOnce } }),
  }),
  get: (id) => ({ method: "GET", path: `/rest/tasks/${encodeURIComponent(id)}` }),
  cancel: (id) => ({ method: "POST", path: `/rest/tasks/${encodeURIComponent(id)}:cancel`, body: "{}" }),
  read(status, body) {
    if (status < 300) return { result: body };
    const error = isJsonObject(body) ? body["error"] : undefined;
    return { error: (isJsonObject(error) && reasonOf(error["details"])) || "" };
  },
} satisfies Way;

/** In the order in which they are tried. */
export const WAYS = { rpc: modern, rest, "rpc-0.3": legacy } as const satisfies Record<string, Way>;

/** Refused before anything was done: the next way may be tried. */
export const isNotSpoken = (reason: string): boolean =>
  reason === "VERSION_NOT_SUPPORTED" || reason === "UNSUPPORTED_OPERATION";

const REASONS: Readonly<Record<string, string>> = {
  "-32004": "UNSUPPORTED_OPERATION",
  "-32009": "VERSION_NOT_SUPPORTED",
};

function readRpc(_status: number, body: Json): { readonly result: Json } | { readonly error: string } {
  if (!isJsonObject(body)) return { error: "" };
  const { error, result } = body;
  if (!isJsonObject(error)) return result === undefined ? { error: "" } : { result };
  return { error: reasonOf(error["data"]) ?? REASONS[String(error["code"])] ?? "" };
}

/** `google.rpc.ErrorInfo` (spec §3.3). */
function reasonOf(details: Json | undefined): string | undefined {
  const infos = Array.isArray(details) ? (details as readonly Json[]).filter(isJsonObject) : [];
  const named = infos.map(({ reason }: JsonObject) => reason).find((reason) => typeof reason === "string");
  return named as string | undefined;
}
