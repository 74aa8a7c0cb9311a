/** What an A2A call is about to do (spec §3, by the names of 1.0). */
export type OperationName =
  | "SendMessage"
  | "SendStreamingMessage"
  | "GetTask"
  | "ListTasks"
  | "CancelTask"
  | "SubscribeToTask"
  | "CreateTaskPushNotificationConfig"
  | "GetTaskPushNotificationConfig"
  | "ListTaskPushNotificationConfigs"
  | "DeleteTaskPushNotificationConfig"
  | "GetExtendedAgentCard";

/** What only looks needs `a2a:read`; what makes an agent do or send something needs `a2a:send`. */
export const OPERATION_SCOPE: Readonly<Record<OperationName, "a2a:send" | "a2a:read">> = {
  SendMessage: "a2a:send",
  SendStreamingMessage: "a2a:send",
  GetTask: "a2a:read",
  ListTasks: "a2a:read",
  CancelTask: "a2a:send",
  SubscribeToTask: "a2a:read",
  CreateTaskPushNotificationConfig: "a2a:send",
  GetTaskPushNotificationConfig: "a2a:read",
  ListTaskPushNotificationConfigs: "a2a:read",
  DeleteTaskPushNotificationConfig: "a2a:send",
  GetExtendedAgentCard: "a2a:read",
};

/** Which version of the protocol a call is in: told by the method's name, or the path. */
export type Era = "1.0" | "0.3";

export type Binding = "JSONRPC" | "HTTP+JSON";

/** JSON-RPC methods of 0.3. Those of 1.0 are the names themselves; no name is in both. */
const LEGACY_METHODS: Readonly<Record<string, OperationName>> = {
  "message/send": "SendMessage",
  "message/stream": "SendStreamingMessage",
  "tasks/get": "GetTask",
  "tasks/cancel": "CancelTask",
  "tasks/resubscribe": "SubscribeToTask",
  "tasks/pushNotificationConfig/set": "CreateTaskPushNotificationConfig",
  "tasks/pushNotificationConfig/get": "GetTaskPushNotificationConfig",
  "tasks/pushNotificationConfig/list": "ListTaskPushNotificationConfigs",
  "tasks/pushNotificationConfig/delete": "DeleteTaskPushNotificationConfig",
  "agent/getAuthenticatedExtendedCard": "GetExtendedAgentCard",
};

/** What a JSON-RPC method does; `undefined` for one that no version has. */
export function operationOf(
  method: string,
): { readonly operation: OperationName; readonly era: Era } | undefined {
  if (Object.hasOwn(OPERATION_SCOPE, method)) return { operation: method as OperationName, era: "1.0" };
  const legacy = Object.hasOwn(LEGACY_METHODS, method) ? LEGACY_METHODS[method] : undefined;
  return legacy === undefined ? undefined : { operation: legacy, era: "0.3" };
}
