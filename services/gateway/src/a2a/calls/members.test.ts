import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainParams, readMembers } from "./members.ts";
import { readNamed } from "./named.ts";

describe("the members of a call", () => {
  test("in the proto's spelling are put right at every place, and nowhere else", () => {
    const sent = {
      message: {
        task_id: "t",
        context_id: "c",
        metadata: { task_id: "mine" },
        parts: [{ data: { task_id: 1 } }],
      },
      configuration: { task_push_notification_config: { task_id: "t" } },
      metadata: { context_id: "theirs" },
    };
    expect(plainParams(sent)).toEqual({
      message: {
        taskId: "t",
        contextId: "c",
        metadata: { task_id: "mine" },
        parts: [{ data: { task_id: 1 } }],
      },
      configuration: { taskPushNotificationConfig: { taskId: "t" } },
      metadata: { context_id: "theirs" },
    });
  });

  test("that are plain are left as they are, so that the body may go on as it came", () => {
    const sent = { message: { taskId: "t", messageId: "m" } };
    expect(plainParams(sent)).toBe(sent);
  });

  test("never name a task that is not judged: whatever the spelling, it is refused or found", () => {
    const spellings = fc
      .array(fc.constantFrom("taskId", "task_id", "TaskId", "TASKID", "task-id", "ta\u017fkId", "taskid"), {
        minLength: 1,
        maxLength: 3,
      })
      .map((names) => Object.fromEntries(names.map((name, index) => [name, `t${index}`])));
    fc.assert(
      fc.property(spellings, (message) => {
        const params = plainParams({ message: { messageId: "m", ...message } });
        let named: readonly string[];
        try {
          named = readNamed("SendMessage", "1.0", params).tasks;
        } catch {
          return;
        }
        expect(named).toEqual(Object.values(message));
      }),
    );
  });

  test.each([{ ID: "x" }, { "\u212aey": 1 }, { request: {} }, { Tenant: "x" }])("refuses %j", (object) => {
    expect(() => readMembers(object, "params")).toThrow(/spelled/);
  });
});
