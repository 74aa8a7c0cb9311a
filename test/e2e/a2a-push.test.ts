import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { legacyMessage } from "../support/a2a-operations.ts";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";
import { startWebhook } from "../support/webhook.ts";

let a2a: A2aStack;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  a2a = await startA2a({ legacy: true, workMs: 300 });
});
afterAll(() => a2a?.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function webhook(answers?: readonly number[]) {
  const started = await startWebhook(answers);
  open.push(started);
  return started;
}

const SECRETS = {
  token: "t0ken-of-the-client",
  authentication: { scheme: "Basic", credentials: "Y2xpZW50OnB3" },
};
const stateOf = ({ body }: { body: unknown }) =>
  (body as { statusUpdate?: { status: { state: string } } }).statusUpdate?.status.state;

async function longTask(): Promise<string> {
  const params = { ...message("slow"), configuration: { returnImmediately: true } };
  return (await a2a.rpc("SendMessage", params)).body.result?.task?.id ?? "";
}

describe("notices", () => {
  test("A02: go from the agent to the gateway, and on to the client with the client's own secrets", async () => {
    const hook = await webhook();
    const params = {
      ...message("slow"),
      configuration: { returnImmediately: true, taskPushNotificationConfig: { url: hook.url, ...SECRETS } },
    };
    const { body } = await a2a.rpc("SendMessage", params);
    expect(body.error).toBeUndefined();
    const notices = await hook.has(3);
    expect(notices.map(stateOf).at(-1)).toBe("TASK_STATE_COMPLETED");
    expect(notices[0]?.headers).toMatchObject({
      "x-a2a-notification-token": SECRETS.token,
      authorization: `Basic ${SECRETS.authentication.credentials}`,
      "content-type": "application/json",
    });
  });

  test("A02: of 0.3 go the same way", async () => {
    const hook = await webhook();
    const params = {
      ...legacyMessage({}, "slow"),
      configuration: { blocking: false, pushNotificationConfig: { url: hook.url, token: "t" } },
    };
    const { body } = await a2a.rpc("message/send", params);
    expect(body.error).toBeUndefined();
    const [notice] = await hook.has(1);
    expect(notice?.headers["x-a2a-notification-token"]).toBe("t");
  });

  test.each(["rpc", "rest"] as const)(
    "A02: are set up, shown and taken back over %s; no secret is ever shown again",
    async (binding) => {
      const hook = await webhook();
      const task = await longTask();
      const config = { id: `c-${binding}`, url: hook.url, ...SECRETS };
      const path = `/tasks/${task}/pushNotificationConfigs`;
      const rpc = async (method: string, params: object) => (await a2a.rpc(method, params)).body.result;
      const rest = async (method: string, at: string, body?: object) =>
        (await a2a.rest(method, at, body)).body;
      const isRpc = binding === "rpc";
      const made = isRpc
        ? await rpc("CreateTaskPushNotificationConfig", { taskId: task, ...config })
        : await rest("POST", path, config);
      expect(made).toMatchObject({ id: config.id, url: hook.url, authentication: { scheme: "Basic" } });
      const got = isRpc
        ? await rpc("GetTaskPushNotificationConfig", { taskId: task, id: config.id })
        : await rest("GET", `${path}/${config.id}`);
      expect(got).toMatchObject({ id: config.id, url: hook.url });
      const list = isRpc
        ? await rpc("ListTaskPushNotificationConfigs", { taskId: task })
        : await rest("GET", path);
      expect((list as { configs?: object[] }).configs).toHaveLength(1);
      const shown = JSON.stringify([made, got, list]);
      for (const secret of [SECRETS.token, SECRETS.authentication.credentials, "/a2a/push/"])
        expect(shown).not.toContain(secret);
      const gone = isRpc
        ? await a2a.rpc("DeleteTaskPushNotificationConfig", { taskId: task, id: config.id })
        : await a2a.rest("DELETE", `${path}/${config.id}`);
      expect(gone.status).toBeLessThan(300);
      const after = isRpc
        ? await rpc("ListTaskPushNotificationConfigs", { taskId: task })
        : await rest("GET", path);
      expect((after as { configs?: object[] } | undefined)?.configs ?? []).toEqual([]);
    },
  );

  test("a webhook that is away is tried again", async () => {
    const hook = await webhook([503]);
    const config = { url: hook.url };
    const params = {
      ...message("tck-complete-task"),
      configuration: { taskPushNotificationConfig: config },
    };
    await a2a.rpc("SendMessage", params);
    await hook.has(1);
    expect(hook.tries()).toBeGreaterThan(1);
  });

  test("S13: the database holds no secret of a client in the clear", async () => {
    const hook = await webhook();
    const task = await longTask();
    const secrets = { token: "needle-in-the-haystack" };
    await a2a.rpc("CreateTaskPushNotificationConfig", { taskId: task, id: "n", url: hook.url, ...secrets });
    const files = [a2a.at.database, `${a2a.at.database}-wal`];
    expect(files.map((file) => readFileSync(file, "latin1")).join("")).not.toContain(secrets.token);
  });
});

describe("whoever is not the agent", () => {
  const notice = { statusUpdate: { taskId: "t", contextId: "c", status: { state: "TASK_STATE_COMPLETED" } } };
  const post = (id: string, headers: Record<string, string>, body: object = notice) =>
    fetch(`${a2a.at.url}/a2a/push/${id}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  test("S18: cannot tell a client anything: neither by a guess nor by a token of the gateway", async () => {
    const db = new (await import("node:sqlite")).DatabaseSync(a2a.at.database, { readOnly: true });
    const { id } = db.prepare("select id from pushes limit 1").get() as { id: string };
    db.close();
    for (const headers of [
      {},
      { authorization: "Bearer guess" },
      { authorization: `Bearer ${a2a.at.userToken()}` },
      { "x-a2a-notification-token": "guess" },
    ]) {
      expect((await post(id, headers)).status).toBe(404);
      expect((await post("0".repeat(32), headers)).status).toBe(404);
    }
  });
});

describe("S18: a webhook in the gateway's own network", () => {
  test.each([
    "http://127.0.0.2:80/x",
    "https://10.0.0.8/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "http://example.com/x",
    "ftp://127.0.0.1/x",
    "https://user:secret@127.0.0.1/x",
    "not an address",
  ])("is refused: %s", async (url) => {
    const task = await longTask();
    const before = a2a.agent.calls.length;
    const { body } = await a2a.rpc("CreateTaskPushNotificationConfig", { taskId: task, id: "x", url });
    expect(body.error?.code).toBe(-32602);
    const inline = {
      ...message("tck-complete-task"),
      configuration: { taskPushNotificationConfig: { url } },
    };
    expect((await a2a.rest("POST", "/message:send", inline)).status).toBe(400);
    expect(a2a.agent.calls).toHaveLength(before);
  });

  test.each([{ token: "a\r\nX-Forged: 1" }, { authentication: { scheme: "A b", credentials: "c" } }])(
    "cannot be told with a header that breaks out: %j",
    async (odd) => {
      const task = await longTask();
      const params = { taskId: task, id: "x", url: "http://127.0.0.1:9/x", ...odd };
      expect((await a2a.rpc("CreateTaskPushNotificationConfig", params)).body.error?.code).toBe(-32602);
    },
  );

  test("is not reached by a redirect either", async () => {
    const hook = await webhook([302]);
    const configuration = { taskPushNotificationConfig: { url: hook.url } };
    await a2a.rpc("SendMessage", { ...message("tck-complete-task"), configuration });
    await hook.has(1);
    expect(new Set(hook.paths)).toEqual(new Set(["/notices"]));
  });
});
