import { describe, expect, test } from "vitest";
import { readRest, readRestRoute } from "./read-rest.ts";

describe("a path of HTTP+JSON", () => {
  test.each([
    ["POST", "message:send", "SendMessage", "1.0", null],
    ["POST", "v1/message:stream", "SendStreamingMessage", "0.3", null],
    ["GET", "tasks", "ListTasks", "1.0", null],
    ["GET", "tasks/a:b", "GetTask", "1.0", "a:b"],
    ["POST", "tasks/a:b:cancel", "CancelTask", "1.0", "a:b"],
    ["GET", "tasks/a%3Ab:subscribe", "SubscribeToTask", "1.0", "a:b"],
    ["POST", "tasks/a:subscribe", "SubscribeToTask", "1.0", "a"],
    ["DELETE", "tasks/a/pushNotificationConfigs/c", "DeleteTaskPushNotificationConfig", "1.0", "a"],
    ["GET", "v1/card", "GetExtendedAgentCard", "0.3", null],
  ])("%s %s is %s", (method, path, operation, era, task) => {
    expect(readRestRoute(method, path)).toMatchObject({ operation, era, task });
  });

  test.each([
    ["GET", "message:send"],
    ["DELETE", "tasks/a"],
    ["POST", "tasks/a:steal"],
    ["POST", "acme/message:send"],
    ["GET", "tasks/a/other"],
    ["GET", "tasks/a/pushNotificationConfigs/c/d"],
    ["GET", "card"],
    ["GET", ""],
  ])("%s %s is nothing", (method, path) => {
    expect(() => readRestRoute(method, path)).toThrow(/no such operation/);
  });

  test("goes on as it was read: nothing of the caller's spelling, no tenant, no unknown parameter", () => {
    const route = readRestRoute("GET", "tasks/a%20b");
    const call = readRest(route, "GET", "?historyLength=2&tenant=acme&x=1", null);
    expect([call.path, call.query]).toEqual(["/tasks/a%20b", "?historyLength=2"]);
  });
});
