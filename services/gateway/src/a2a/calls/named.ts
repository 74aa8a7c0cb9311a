import type { JsonObject } from "../../core/strict-json.ts";
import type { NamedThings } from "./call.ts";
import { invalid, readId, readIds, readMembers } from "./members.ts";
import type { Era, OperationName } from "./operations.ts";

const NOTHING: NamedThings = { tasks: [], context: null, config: null };

/**
 * What the params of a call name. Every place where the specification has an id is looked at, and what holds one in an odd way is refused.
 * @throws A2aError `INVALID_PARAMS`
 */
export function readNamed(operation: OperationName, era: Era, sent: JsonObject): NamedThings {
  const params = readMembers(sent, "params");
  // Drafts of 1.0 named tasks by resource name: an agent that still reads them would find another than we.
  if (params["name"] !== undefined || params["parent"] !== undefined)
    throw invalid("name and parent are not members of this version");
  switch (operation) {
    case "SendMessage":
    case "SendStreamingMessage":
      return readSend(params);
    case "ListTasks":
    case "GetExtendedAgentCard":
      return NOTHING;
    case "GetTask":
    case "CancelTask":
    case "SubscribeToTask":
      return { ...NOTHING, tasks: [required(params, "id")] };
    default:
      return readPush(operation, era, params);
  }
}

function readSend(params: JsonObject): NamedThings {
  const message = readMembers(params["message"], "message");
  const configuration = readMembers(params["configuration"], "configuration");
  for (const member of ["taskPushNotificationConfig", "pushNotificationConfig", "pushNotification"]) {
    const config = readMembers(configuration[member], member);
    if (config["taskId"] !== undefined && readId(config, "taskId") !== readId(message, "taskId"))
      throw invalid(`${member}.taskId is of another task than the message`);
    readMembers(config["authentication"], "authentication");
  }
  const task = readId(message, "taskId");
  return {
    tasks: [...(task === null ? [] : [task]), ...readIds(message, "referenceTaskIds")],
    context: readId(message, "contextId"),
    config: null,
  };
}

function readPush(operation: OperationName, era: Era, params: JsonObject): NamedThings {
  if (operation === "CreateTaskPushNotificationConfig") {
    const config = readMembers(params["pushNotificationConfig"], "pushNotificationConfig");
    if (config["taskId"] !== undefined) throw invalid("taskId stands beside the configuration");
    readMembers((era === "1.0" ? params : config)["authentication"], "authentication");
    return {
      ...NOTHING,
      tasks: [required(params, "taskId")],
      config: readId(era === "1.0" ? params : config, "id"),
    };
  }
  if (era === "0.3")
    return {
      ...NOTHING,
      tasks: [required(params, "id")],
      config: readId(params, "pushNotificationConfigId"),
    };
  return { ...NOTHING, tasks: [required(params, "taskId")], config: readId(params, "id") };
}

function required(params: JsonObject, member: string): string {
  const id = readId(params, member);
  if (id === null) throw invalid(`${member} is missing`);
  return id;
}
