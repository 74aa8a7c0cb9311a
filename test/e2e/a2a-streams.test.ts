import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";

let a2a: A2aStack;
beforeAll(async () => {
  a2a = await startA2a({ workMs: 20_000 });
});
afterAll(() => a2a?.close());

/** A stream that goes on, read to its end. */
async function follow(token: string, signal?: AbortSignal) {
  const response = await fetch(`${a2a.base}/rpc`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "a2a-version": "1.0",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 5, method: "SendStreamingMessage", params: message("slow") }),
    ...(signal === undefined ? {} : { signal }),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) throw new Error(`the stream ended: ${text}`);
      text += piece.value;
    }
    return text;
  };
  return { until };
}

describe("a stream", () => {
  test("A02: ends at once when its token is revoked, and says so", async () => {
    const token = await a2a.agentToken("planner");
    const stream = await follow(token);
    await stream.until(/TASK_STATE_WORKING/);
    await a2a.at.post("/oauth/revoke", new URLSearchParams({ token, client_id: "planner" }));
    const text = await stream.until(/"error"/);
    expect(text).toContain("revoked");
  });

  test("A02: ends when the whole session is revoked by its user", async () => {
    const token = await a2a.agentToken("planner");
    const stream = await follow(token);
    await stream.until(/TASK_STATE_WORKING/);
    const { issuer } = a2a.at.issuer;
    await a2a.at.manage("POST", "/attach/v1/revocations", { user: { iss: issuer, sub: "alice" } }, "root");
    expect(await stream.until(/"error"/)).toContain("revoked");
    // What was issued since is alive again.
    a2a.at.clock.advance(2_000);
  });

  test("ends for the agent too when the client leaves", async () => {
    const controller = new AbortController();
    const token = await a2a.agentToken("planner", { sub: "dora" });
    const stream = await follow(token, controller.signal);
    await stream.until(/TASK_STATE_WORKING/);
    const closed = a2a.agent.nextHangUp();
    controller.abort();
    await closed;
  });
});

test("A02: a stream ends with its token", async () => {
  const token = await a2a.agentToken("planner", { sub: "erin" }, { ttl: "30" });
  // The clock of the gateway stands 29 seconds further on than when the token was issued.
  a2a.at.clock.advance(29_000);
  const stream = await follow(token);
  expect(await stream.until(/"error"/)).toContain("expired");
});
