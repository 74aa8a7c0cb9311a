import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LEGACY, REST, RPC } from "../support/a2a-operations.ts";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";

let a2a: A2aStack;
/** Alice's. */
let task: string;
let context: string;
beforeAll(async () => {
  a2a = await startA2a({ legacy: true, workMs: 1_500 });
  const { body } = await a2a.rpc("SendMessage", message("tck-input-required"));
  task = body.result?.task?.id ?? "";
  context = body.result?.task?.contextId ?? "";
});
afterAll(() => a2a?.close());

const bob = () => ({ token: a2a.at.userToken({ sub: "bob" }) });
/** The same name at another provider would be another person; here, the same person by an agent of hers. */
const alicesAgent = async () => ({ token: await a2a.agentToken("planner") });

describe.each([
  ["JSON-RPC of 1.0", RPC],
  ["JSON-RPC of 0.3", LEGACY],
  ["HTTP+JSON", REST],
] as const)("somebody else's task over %s", (wire, operations) => {
  test.each(operations.filter(({ ofTask }) => ofTask))(
    "A03: $name is not found, as if there were none, and the agent hears nothing",
    async ({ call }) => {
      const before = a2a.agent.calls.length;
      const theirs = await call(a2a, task, bob());
      const nobodys = await call(a2a, "no-such-task", bob());
      if (wire === "HTTP+JSON") expect(theirs.status).toBe(404);
      else expect(theirs.body.error?.code).toBe(-32001);
      expect(theirs.body.error ?? theirs.body).toEqual(nobodys.body.error ?? nobodys.body);
      expect(a2a.agent.calls).toHaveLength(before);
    },
  );
});

describe("what belongs together", () => {
  test("A03: an agent of the same user finds the task, on every binding", async () => {
    const asked = await alicesAgent();
    expect((await a2a.rpc("GetTask", { id: task }, asked)).body.result?.["id"]).toBe(task);
    expect((await a2a.rest("GET", `/tasks/${task}`, undefined, asked)).body["id"]).toBe(task);
    expect((await a2a.rpc("tasks/get", { id: task }, asked)).body.result?.["id"]).toBe(task);
  });

  test.each([["referenceTaskIds"], ["contextId"]])(
    "A03: a message cannot use another's by %s",
    async (member) => {
      const value = member === "contextId" ? context : [task];
      const { body } = await a2a.rpc("SendMessage", message("tck-complete-task", { [member]: value }), bob());
      expect(body.error?.code).toBe(-32001);
    },
  );

  test("A03: a context of the client's own choice is the first one's that names it", async () => {
    const mine = { contextId: "chosen-by-alice" };
    expect((await a2a.rpc("SendMessage", message("tck-complete-task", mine))).body.error).toBeUndefined();
    const { body } = await a2a.rest("POST", "/message:send", message("tck-complete-task", mine), bob());
    expect(body.error?.code).toBe(404);
  });

  test.each([
    ["another case", { TaskID: "TASK" }],
    ["the long s of Unicode", { ta\u017fkId: "TASK" }],
    ["a list", { taskId: ["TASK"] }],
    ["a list of contexts", { contextId: ["CONTEXT"] }],
    ["two spellings at once", { taskId: null, task_id: "TASK" }],
  ])("A03: %s of an id does not slip through", async (_what, more) => {
    const named = JSON.parse(JSON.stringify(more).replace("TASK", task).replace("CONTEXT", context));
    const before = a2a.agent.calls.length;
    const rpc = await a2a.rpc("SendMessage", message("tck-complete-task", named), bob());
    expect(rpc.body.error?.code).toBe(-32602);
    const rest = await a2a.rest("POST", "/message:send", message("tck-complete-task", named), bob());
    expect(rest.status).toBe(400);
    expect(a2a.agent.calls).toHaveLength(before);
  });

  test.each([{ task_id: "TASK" }, { context_id: "CONTEXT" }, { reference_task_ids: ["TASK"] }])(
    "A03: the proto's own spelling is read as what it says: %j",
    async (more) => {
      const named = JSON.parse(JSON.stringify(more).replace("TASK", task).replace("CONTEXT", context));
      const before = a2a.agent.calls.length;
      const theirs = await a2a.rpc("SendMessage", message("tck-complete-task", named), bob());
      expect(theirs.body.error?.code).toBe(-32001);
      const rest = await a2a.rest("POST", "/message:send", message("tck-complete-task", named), bob());
      expect(rest.status).toBe(404);
      expect(a2a.agent.calls).toHaveLength(before);
      const own = await a2a.rpc("SendMessage", message("tck-input-required", named));
      expect(own.body.error).toBeUndefined();
    },
  );

  test.each([
    ["params", { id: "mine", ID: "TASK" }],
    ["params by resource name", { id: "mine", name: "tasks/TASK" }],
  ])("A03: %s with a second id are refused", async (_what, params) => {
    const { body: mine } = await a2a.rpc("SendMessage", message("tck-complete-task"), bob());
    const own = mine.result?.task?.id ?? "";
    const sent = JSON.parse(JSON.stringify(params).replace("TASK", task).replace("mine", own));
    expect((await a2a.rpc("GetTask", sent, bob())).body.error?.code).toBe(-32602);
  });

  test("A03: over HTTP+JSON a body cannot name another task than the path", async () => {
    const { body } = await a2a.rpc("SendMessage", message("slow"), bob());
    const own = body.result?.task?.id ?? "";
    for (const sent of [{ id: task }, { taskId: task }, { name: `tasks/${task}` }])
      expect((await a2a.rest("POST", `/tasks/${own}:cancel`, sent, bob())).status).toBe(400);
    const other = { url: "http://127.0.0.1:9/x", taskId: task };
    const path = `/tasks/${own}/pushNotificationConfigs`;
    expect((await a2a.rest("POST", path, other, bob())).status).toBe(400);
  });

  test("A03: a list shows one's own, and counts no more than that", async () => {
    const carol = { token: a2a.at.userToken({ sub: "carol" }) };
    const { body } = await a2a.rpc("SendMessage", message("tck-complete-task"), carol);
    const own = body.result?.task?.id;
    for (const page of [
      (await a2a.rpc("ListTasks", {}, carol)).body.result,
      (await a2a.rest("GET", "/tasks", undefined, carol)).body,
    ]) {
      const { tasks, totalSize } = page as unknown as { tasks: { id: string }[]; totalSize: number };
      expect(tasks.map(({ id }) => id)).toEqual([own]);
      expect(totalSize).toBe(1);
    }
  });

  test("A03: is remembered over a restart of what keeps it in memory: the database says whose it is", async () => {
    const { body } = await a2a.rpc("SendMessage", message("tck-complete-task"), bob());
    const db = new (await import("node:sqlite")).DatabaseSync(a2a.at.database, { readOnly: true });
    const row = db
      .prepare("select owner_sub as sub from agent_things where kind = 'task' and id = ?")
      .get(body.result?.task?.id ?? "");
    db.close();
    expect(row).toEqual({ sub: "bob" });
  });
});
