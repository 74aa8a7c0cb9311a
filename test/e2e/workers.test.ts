import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { makeProof, tokenHash } from "../support/identity/proofs.ts";
import { makeKey } from "../support/identity/tokens.ts";
import { runProgram } from "../support/program.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** One gateway, several processes: what a caller sees must be one gateway. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    WORKERS: "2",
    MAX_TOKENS_PER_MIN: "1000",
    MAX_REQUESTS_PER_MIN: "400",
    AGENT_REGISTRATION: "open",
  });
});
afterAll(() => stack?.stop());

/** On a connection of its own, so that the workers take turns. */
const apart = (path: string, token?: string, init: RequestInit = {}) =>
  stack.call(path, token, { ...init, headers: { ...init.headers, connection: "close" } });

async function chat(token: string, bound: number): Promise<{ status: number; used: number }> {
  const response = await apart("/api/chat", token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "llama3.2",
      messages: [{ role: "user", content: "hello" }],
      stream: false,
      options: { num_predict: bound },
    }),
  });
  const body = (await response.json()) as Readonly<Record<string, number>>;
  return {
    status: response.status,
    used: response.status === 200 ? (body["prompt_eval_count"] ?? 0) + (body["eval_count"] ?? 0) : 0,
  };
}

describe("--workers", () => {
  test("O05: a token of one worker is known, and revoked, at all of them at once", async () => {
    for (let round = 0; round < 5; round++) {
      const token = await stack.agentToken("alice", { agent: `agent-${round}`, scope: "llm:read" });
      for (let i = 0; i < 4; i++) expect((await apart("/api/tags", token)).status).toBe(200);
      const form = new URLSearchParams({ token, client_id: `agent-${round}` });
      expect((await apart("/oauth/revoke", undefined, { method: "POST", body: form })).status).toBe(200);
      const revokedAt = performance.now();
      const refused: number[] = [];
      while (refused.length < 6) {
        const { status } = await apart("/api/tags", token);
        if (status === 401) refused.push(status);
        else if (performance.now() - revokedAt > 200) throw new Error("a worker still lets it in");
      }
    }
  });

  test("R08: both workers count one quota together", async () => {
    const token = await stack.userToken("bob");
    let used = 0;
    for (let idle = 0; idle < 2; ) {
      const told = await Promise.all(Array.from({ length: 32 }, () => chat(token, 30)));
      const spent = told.reduce((total, one) => total + one.used, 0);
      used += spent;
      idle = spent === 0 ? idle + 1 : 0;
      if (spent === 0) await sleep(1_500);
    }
    expect(used).toBeLessThanOrEqual(1_000);
    expect(used).toBeGreaterThan(600);
  });

  test("S11: a DPoP proof is good once, whichever worker it comes to, and needs no nonce for that", async () => {
    const key = makeKey("holder");
    const { publicUrl } = stack;
    const issued = await apart("/oauth/token", undefined, {
      method: "POST",
      headers: { dpop: makeProof(key, { htm: "POST", htu: `${publicUrl}/oauth/token` }) },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        client_id: "bound-agent",
        subject_token: await stack.userToken("alice"),
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        scope: "llm:read",
      }),
    });
    const { access_token: token = "" } = (await issued.json()) as { access_token?: string };
    const call = async (dpop: string) => {
      const response = await apart("/api/tags", undefined, {
        headers: { authorization: `DPoP ${token}`, dpop },
      });
      await response.text();
      return response.status;
    };
    const fresh = () => makeProof(key, { htm: "GET", htu: `${publicUrl}/api/tags`, ath: tokenHash(token) });
    for (let i = 0; i < 6; i++) expect(await call(fresh())).toBe(200);
    const raced = fresh();
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(raced)));
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(answers.filter((status) => status === 401)).toHaveLength(7);
  });

  test("R09: /metrics adds up what the workers counted", async () => {
    const told = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const text = await (await apart("/metrics")).text();
        return /^attach_processes (\S+)$/m.exec(text)?.[1];
      }),
    );
    // Both workers, whichever of them is asked.
    expect(told).toEqual(["2", "2", "2", "2"]);
  });

  test("O05: a worker that is killed is replaced, and its place is taken meanwhile", async () => {
    const { readFileSync, readdirSync } = await import("node:fs");
    const children = readdirSync(`/proc/${stack.gateway.pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${stack.gateway.pid}/task/${task}/children`, "utf8").trim().split(" "),
    );
    const workers = children.filter((pid) => pid !== "").map(Number);
    expect(workers).toHaveLength(2);
    process.kill(workers[0] ?? 0, "SIGKILL");
    const deadline = performance.now() + 10_000;
    while (!/A worker ended \(process \d+, 137\)/.test(stack.gateway.output())) {
      if (performance.now() > deadline) throw new Error("nobody noticed");
      await sleep(20);
    }
    const token = await stack.userToken("alice");
    for (let i = 0; i < 10; i++) expect((await apart("/api/tags", token)).status).toBe(200);
  });

  test("SIGTERM lets every worker finish, and the program ends with 0", async () => {
    const token = await stack.userToken("alice");
    expect((await apart("/api/tags", token)).status).toBe(200);
    expect(await stack.gateway.stop("SIGTERM")).toBe(0);
    expect(stack.gateway.output()).toContain("with 2 workers");
    expect(stack.gateway.output().match(/SIGTERM: finishing/g)).toHaveLength(1);
  });
});

describe("--workers that cannot start", () => {
  const env = { OIDC_ISSUER: "http://127.0.0.1:9", WORKERS: "2" };

  test("a taken port is told once, with the way out, and the exit code of one process", async () => {
    const port = await freePort();
    const taken = createServer().listen(port, "127.0.0.1");
    await using program = await runProgram(["serve", "--port", String(port)], env);
    expect(await program.ended()).toBe(1);
    expect(program.stderr().match(/is taken by another program/g)).toHaveLength(1);
    taken.close();
  });

  test("wrong policies are a mistake of the configuration: exit 2", async () => {
    const folder = mkdtempSync(join(tmpdir(), "attach-workers-"));
    await using program = await runProgram(
      ["serve", "--port", String(await freePort())],
      { ...env, POLICY_DIR: join(folder, "none.cedar") },
      folder,
    );
    expect(await program.ended()).toBe(2);
    rmSync(folder, { recursive: true, force: true });
  });
});
