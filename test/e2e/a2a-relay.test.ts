import { createPublicKey, verify } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../services/gateway/src/a2a/card/canonical.ts";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";
import { chainOf } from "../support/agents.ts";

let a2a: A2aStack;
beforeAll(async () => {
  a2a = await startA2a();
});
afterAll(() => a2a?.close());

const lastCall = () => a2a.agent.calls.at(-1) ?? {};
const bearerOf = (headers: { authorization?: string | undefined }) =>
  headers.authorization?.replace("Bearer ", "") ?? "";

interface Card {
  readonly name: string;
  readonly supportedInterfaces: readonly object[];
  readonly securityRequirements: readonly object[];
  readonly signatures: readonly [{ readonly protected: string; readonly signature: string }];
}

describe("the card", () => {
  test("A02: is served with our addresses and our security, and says when it changes", async () => {
    const response = await fetch(`${a2a.base}/.well-known/agent-card.json`);
    const card = (await response.json()) as Card;
    expect(response.status).toBe(200);
    expect(card.name).toBe("Reference agent");
    expect(card.supportedInterfaces).toEqual([
      { url: `${a2a.base}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url: `${a2a.base}/rest`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
    ]);
    expect(card.securityRequirements[0]).toEqual({ schemes: { attach: { list: ["a2a:send", "a2a:read"] } } });
    expect(JSON.stringify(card)).not.toContain(String(a2a.agent.port));
    const etag = response.headers.get("etag") ?? "";
    expect(response.headers.get("last-modified")).not.toBeNull();
    const again = await fetch(`${a2a.base}/.well-known/agent-card.json`, {
      headers: { "if-none-match": etag },
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("A02: is signed with a key of ours, over what is served", async () => {
    const response = await fetch(`${a2a.base}/.well-known/agent-card.json`);
    const { signatures, ...card } = (await response.json()) as Card;
    const [{ protected: header, signature }] = signatures;
    const { kid } = decodeProtectedHeader({ protected: header, signature } as never) as { kid: string };
    const jwks = await fetch(`${a2a.at.url}/.well-known/jwks.json`);
    const { keys } = (await jwks.json()) as { keys: JWK[] };
    const key = createPublicKey({
      key: keys.find((one) => one.kid === kid) as never,
      format: "jwk",
    });
    const signed = (content: object) =>
      Buffer.from(`${header}.${Buffer.from(canonicalJson(content)).toString("base64url")}`);
    const check = (content: object) =>
      verify(
        "sha256",
        signed(content),
        { key, dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      );
    expect(check(card)).toBe(true);
    expect(check({ ...card, name: "Another" })).toBe(false);
  });

  test("nobody's agent has none", async () => {
    expect((await fetch(`${a2a.at.url}/a2a/agents/nobody/.well-known/agent-card.json`)).status).toBe(404);
    expect((await fetch(`${a2a.at.url}/.well-known/agent-card.json`)).status).toBe(404);
  });
});

describe("a message", () => {
  test("A04: reaches the agent with a token made out to it, the chain grown by one; never the caller's", async () => {
    const token = await a2a.agentToken("planner");
    const { status, body } = await a2a.rpc("SendMessage", message("tck-complete-task"), { token });
    expect(status).toBe(200);
    expect(body.result?.task?.status.state).toBe("TASK_STATE_COMPLETED");
    const handed = bearerOf(lastCall());
    expect(handed).not.toBe(token);
    const claims = decodeJwt(handed);
    expect(claims).toMatchObject({ iss: a2a.at.url, aud: a2a.resource, sub: "alice", client_id: "coder" });
    expect(chainOf(handed)).toEqual(["coder", "planner"]);
    expect(claims["sid"]).toBe(decodeJwt(token)["sid"]);
    expect(claims["root"]).toBe(decodeJwt(token)["root"]);
    expect(claims.exp).toBeLessThanOrEqual(decodeJwt(token).exp ?? 0);
    expect(lastCall()).toMatchObject({ "x-attach-user": "alice", "x-attach-agent": "planner" });
  });

  test("A04: of a user's own comes by a chain of one", async () => {
    await a2a.rpc("SendMessage", message("tck-complete-task"));
    expect(chainOf(bearerOf(lastCall()))).toEqual(["coder"]);
  });

  test("A02: passes over HTTP+JSON as well", async () => {
    const { status, body } = await a2a.rest("POST", "/message:send", message("tck-artifact-text"));
    expect([status, body.task?.status.state]).toEqual([200, "TASK_STATE_COMPLETED"]);
    expect(decodeJwt(bearerOf(lastCall())).aud).toBe(a2a.resource);
  });

  test.each(["rpc", "rest"] as const)("A02: streams over %s, event by event", async (binding) => {
    const body = message("tck-stream-001");
    const url = binding === "rpc" ? `${a2a.base}/rpc` : `${a2a.base}/rest/message:stream`;
    const sent =
      binding === "rpc" ? { jsonrpc: "2.0", id: 1, method: "SendStreamingMessage", params: body } : body;
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "a2a-version": "1.0",
        authorization: `Bearer ${a2a.at.userToken()}`,
      },
      body: JSON.stringify(sent),
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = (await response.text())
      .split("\n\n")
      .filter((one) => one.startsWith("data:"))
      .map((one) => JSON.parse(one.slice(5)));
    const kinds = events.map((one) => Object.keys(binding === "rpc" ? one.result : one)[0]);
    expect(kinds).toEqual(["task", "statusUpdate", "artifactUpdate", "statusUpdate"]);
  });
});
