import type { A2aStack, Answered, Asked } from "./a2a-stack.ts";
import { message } from "./a2a-stack.ts";

/** Every operation of A2A on one wire, about one task. */
export interface OperationCall {
  readonly name: string;
  /** What it needs. */
  readonly scope: "a2a:send" | "a2a:read";
  /** Names the task: what is somebody else's is then "not found". */
  readonly ofTask: boolean;
  call(a2a: A2aStack, task: string, asked?: Asked): Promise<Answered>;
}

const push = (id: string) => ({ id, url: "http://127.0.0.1:9/never" });

/** 1.0 over JSON-RPC. */
export const RPC: readonly OperationCall[] = [
  op("SendMessage", "a2a:send", (task) => message("tck-complete-task", { taskId: task })),
  op("SendStreamingMessage", "a2a:send", (task) => message("tck-stream-001", { taskId: task })),
  op("GetTask", "a2a:read", (id) => ({ id })),
  { ...op("ListTasks", "a2a:read", () => ({})), ofTask: false },
  op("CancelTask", "a2a:send", (id) => ({ id })),
  op("SubscribeToTask", "a2a:read", (id) => ({ id })),
  op("CreateTaskPushNotificationConfig", "a2a:send", (taskId) => ({ taskId, ...push("c") })),
  op("GetTaskPushNotificationConfig", "a2a:read", (taskId) => ({ taskId, id: "c" })),
  op("ListTaskPushNotificationConfigs", "a2a:read", (taskId) => ({ taskId })),
  op("DeleteTaskPushNotificationConfig", "a2a:send", (taskId) => ({ taskId, id: "c" })),
  { ...op("GetExtendedAgentCard", "a2a:read", () => ({})), ofTask: false },
];

/** 0.3 over JSON-RPC. */
export const LEGACY: readonly OperationCall[] = [
  op("message/send", "a2a:send", (task) => legacyMessage({ taskId: task })),
  op("message/stream", "a2a:send", (task) => legacyMessage({ taskId: task })),
  op("tasks/get", "a2a:read", (id) => ({ id })),
  op("tasks/cancel", "a2a:send", (id) => ({ id })),
  op("tasks/resubscribe", "a2a:read", (id) => ({ id })),
  op("tasks/pushNotificationConfig/set", "a2a:send", (taskId) => ({
    taskId,
    pushNotificationConfig: push("c"),
  })),
  op("tasks/pushNotificationConfig/get", "a2a:read", (id) => ({ id, pushNotificationConfigId: "c" })),
  op("tasks/pushNotificationConfig/list", "a2a:read", (id) => ({ id })),
  op("tasks/pushNotificationConfig/delete", "a2a:send", (id) => ({ id, pushNotificationConfigId: "c" })),
  { ...op("agent/getAuthenticatedExtendedCard", "a2a:read", () => ({})), ofTask: false },
];

/** 1.0 over HTTP+JSON. */
export const REST: readonly OperationCall[] = [
  rest("POST", "/message:send", "a2a:send", (task) => message("tck-complete-task", { taskId: task })),
  rest("POST", "/message:stream", "a2a:send", (task) => message("tck-stream-001", { taskId: task })),
  rest("GET", "/tasks/:id", "a2a:read"),
  { ...rest("GET", "/tasks", "a2a:read"), ofTask: false },
  rest("POST", "/tasks/:id:cancel", "a2a:send", () => ({})),
  rest("GET", "/tasks/:id:subscribe", "a2a:read"),
  rest("POST", "/tasks/:id:subscribe", "a2a:read", () => ({})),
  rest("POST", "/tasks/:id/pushNotificationConfigs", "a2a:send", () => push("c")),
  rest("GET", "/tasks/:id/pushNotificationConfigs/c", "a2a:read"),
  rest("GET", "/tasks/:id/pushNotificationConfigs", "a2a:read"),
  rest("DELETE", "/tasks/:id/pushNotificationConfigs/c", "a2a:send"),
  { ...rest("GET", "/extendedAgentCard", "a2a:read"), ofTask: false },
];

function op(name: string, scope: OperationCall["scope"], params: (task: string) => object): OperationCall {
  return { name, scope, ofTask: true, call: (a2a, task, asked) => a2a.rpc(name, params(task), asked) };
}

function rest(
  method: string,
  path: string,
  scope: OperationCall["scope"],
  body?: (task: string) => object,
): OperationCall {
  const call: OperationCall["call"] = (a2a, task, asked) =>
    a2a.rest(method, path.replace(":id", encodeURIComponent(task)), body?.(task), asked);
  return { name: `${method} ${path}`, scope, ofTask: true, call };
}

export const legacyMessage = (more: object = {}, kind = "tck-complete-task") => ({
  message: {
    kind: "message",
    role: "user",
    messageId: `${kind}-${Math.random()}`,
    parts: [{ kind: "text", text: "hello" }],
    ...more,
  },
});
