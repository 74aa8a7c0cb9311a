import { SendMessageRequest, type Task, TaskState } from "@a2a-js/sdk";
import {
  type Client,
  ClientFactory,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";

let a2a: A2aStack;
let legacy: A2aStack;
beforeAll(async () => {
  a2a = await startA2a({ workMs: 400 });
  legacy = await startA2a({ legacy: true, legacyCard: true, workMs: 400 });
});
afterAll(async () => {
  await a2a?.close();
  await legacy?.close();
});

/** a2a-js's own client, which is told no token: it hears of one by the 401, and comes back. */
async function clientOf(stack: A2aStack, binding: "JSONRPC" | "HTTP+JSON", legacyCompat = false) {
  const seen: (string | null)[] = [];
  let token: string | undefined;
  const fetchImpl = createAuthenticatingFetchWithRetry(fetch, {
    headers: async () => (token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    shouldRetryWithHeaders: async (_request, response) => {
      if (response.status !== 401) return undefined;
      seen.push(response.headers.get("www-authenticate"));
      token = await stack.agentToken("planner");
      return { Authorization: `Bearer ${token}` };
    },
  });
  const compat = legacyCompat ? { legacyCompat: { enabled: true } } : {};
  const factory = new ClientFactory({
    transports: [
      new JsonRpcTransportFactory({ fetchImpl, ...compat }),
      new RestTransportFactory({ fetchImpl, ...compat }),
    ],
    preferredTransports: [binding],
    cardResolver: new DefaultAgentCardResolver(compat),
  });
  const client: Client = await factory.createFromUrl(`${stack.base}/`);
  return { client, seen };
}

const request = (kind: string, more: object = {}) =>
  SendMessageRequest.fromJSON({ ...message(kind), ...more });
const asTask = (value: unknown) => value as Task;

describe.each([
  ["JSONRPC", false],
  ["HTTP+JSON", false],
  ["JSONRPC", true],
  ["HTTP+JSON", true],
] as const)("a2a-js's client over %s (0.3: %s)", (binding, isLegacy) => {
  const stack = () => (isLegacy ? legacy : a2a);

  test("A02: gets a token when it is told to, sends, reads, lists and cancels", async () => {
    const { client, seen } = await clientOf(stack(), binding, isLegacy);
    const done = asTask(await client.sendMessage(request("tck-artifact-text")));
    expect(done.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain(`resource_metadata="${stack().at.url}/.well-known/oauth-protected-resource"`);
    expect((await client.getTask({ tenant: "", id: done.id })).id).toBe(done.id);
    const open = asTask(await client.sendMessage(request("tck-input-required")));
    const canceled = await client.cancelTask({ tenant: "", id: open.id, metadata: undefined });
    expect(canceled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    await expect(client.getTask({ tenant: "", id: "nobody's" })).rejects.toThrow(/task/i);
  });

  test("A02: streams, and follows a task again", async () => {
    const { client } = await clientOf(stack(), binding, isLegacy);
    const kinds: string[] = [];
    for await (const { payload } of client.sendMessageStream(request("tck-stream-001")))
      kinds.push(payload?.$case ?? "");
    expect(kinds).toEqual(["task", "statusUpdate", "artifactUpdate", "statusUpdate"]);
    const slow = asTask(
      await client.sendMessage(request("slow", { configuration: { returnImmediately: true } })),
    );
    const states: (TaskState | undefined)[] = [];
    for await (const { payload } of client.resubscribeTask({ tenant: "", id: slow.id }))
      if (payload?.$case === "statusUpdate") states.push(payload.value.status?.state);
    expect(states.at(-1)).toBe(TaskState.TASK_STATE_COMPLETED);
  });

  test("A02: reads its own card of the agent", async () => {
    const { client } = await clientOf(stack(), binding, isLegacy);
    const card = await client.getAgentCard();
    expect(card.skills.map(({ id }) => id)).toContain("talk");
    expect(JSON.stringify(card)).not.toContain(stack().agent.url);
  });
});
