import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const DEMO = resolve(import.meta.dirname, "../../scripts/demo.ts");
/** The first run may have to build the bundle. */
const LIMIT_MS = 90_000;

/** A folder of its own for temporary files, so that anything left behind is seen. */
let temporary: string;
let running: Demo[];

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "attach-demo-test-"));
  running = [];
});

afterEach(async () => {
  for (const demo of running) await demo.stop();
  await rm(temporary, { recursive: true, force: true });
});

interface Demo {
  readonly ended: Promise<number | null>;
  output(): string;
  /** Resolves once the output matches; rejects when the demo ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<number | null>;
}

function demo(...args: readonly string[]): Demo {
  const child: ChildProcess = spawn(process.execPath, [DEMO, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  const started: Demo = {
    ended,
    output: () => output,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(output);
        if (found !== null) return found;
        const more = new Promise((wake) => child.stdout?.once("data", wake));
        const over = await Promise.race([more.then(() => false), ended.then(() => true)]);
        if (over && !pattern.test(output)) throw new Error(`the demo ended without ${pattern}:\n${output}`);
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      return ended;
    },
  };
  running.push(started);
  return started;
}

const STORY = [
  /^✓ 1 Alice logs in: authorization code \+ PKCE/,
  /^✓ 2 A call without a token is refused: 401/,
  /^✓ 3 Her research agent gets a token of its own: research-agent acting for alice, only llm:read memory:write, for \d+ seconds$/,
  /^✓ 4 The agent streams a chat through the gateway: \d+ parts/,
  /^✓ 5 The engine's log shows who asked, and no bearer: POST \/api\/chat$/,
  /^✓ 6 The same token is refused where its scopes end: 403 insufficient_scope/,
  /^✓ 7 It is revoked, and dead at once: 401 invalid_token/,
  /^✓ 8 Alice herself goes on: 200/,
];

function expectStory(output: string): void {
  const steps = output.split("\n").filter((line) => /^[✓✗]/.test(line));
  expect(steps).toEqual(STORY.map((line) => expect.stringMatching(line)));
  expect(output).toMatch(/^ +X-Attach-User: alice$/m);
  expect(output).toMatch(/^ +X-Attach-Agent: research-agent$/m);
  expect(output).toMatch(/^ +X-Attach-Session: [0-9a-f]{64}$/m);
}

describe("npm run demo", { timeout: LIMIT_MS }, () => {
  test("T01 R03 R04: tells the whole story, shows no token, leaves nothing behind, and does so again", async () => {
    for (const run of ["first", "second"]) {
      const { ended, output } = demo();
      expect(await ended, `${run} run:\n${output()}`).toBe(0);
      expectStory(output());
      expect(output()).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
      expect(await readdir(temporary)).toEqual([]);
    }
  });

  test("tells the same story in front of another engine, and shows which headers that got", async () => {
    const engine = await startDemoEngine({ models: ["some-model"], pace: 5 });
    try {
      const { ended, output } = demo("--engine", engine.url, "--model", "some-model");
      expect(await ended, output()).toBe(0);
      expectStory(output());
      expect(engine.requests.some((request) => request.path === "/api/chat")).toBe(true);
    } finally {
      await engine.close();
    }
  });

  test("ends with 1 at the first step that does not hold", async () => {
    // An engine that does not stream: one piece, whatever was asked.
    const server = createServer((request, response) => {
      response.setHeader("Content-Type", "application/x-ndjson");
      const tags = { models: [{ name: "llama3.2" }] };
      const chat = { message: { role: "assistant", content: "Whole." }, done: true, eval_count: 1 };
      response.end(JSON.stringify(request.url === "/api/tags" ? tags : chat));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const { ended, output } = demo("--engine", `http://127.0.0.1:${port}`);
      expect(await ended, output()).toBe(1);
      expect(output()).toMatch(/^✗ 4 .*not streamed$/m);
      expect(output()).not.toContain("✓ 5");
      expect(await readdir(temporary)).toEqual([]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test("--serve leaves it running with tokens that work, until it is told to end", async () => {
    const { says, stop, output } = demo("--serve");
    await says(/Ctrl-C ends it all/);
    expectStory(output());
    const [, gateway = ""] = await says(/^GATEWAY=(\S+)$/m);
    const [, agent = ""] = await says(/^AGENT=(\S+)$/m);
    const [, body = ""] = await says(/\/api\/chat .* -d '(.*)'$/m);
    const headers = { authorization: `Bearer ${agent}` };
    const chat = await fetch(`${gateway}/api/chat`, { method: "POST", headers, body });
    expect([chat.status, (await chat.text()).includes('"done":true')]).toEqual([200, true]);
    const pull = await fetch(`${gateway}/api/pull`, { method: "POST", headers, body });
    expect(pull.status).toBe(403);
    await pull.body?.cancel();

    expect(await stop()).toBe(0);
    await expect(fetch(`${gateway}/healthz`)).rejects.toThrow();
    expect(await readdir(temporary)).toEqual([]);
  });

  test("ends with 2 and a way out when the engine is not there, has no such model, or the arguments make no sense", async () => {
    const engine = await startDemoEngine({ models: ["only-this"] });
    const gone = await startDemoEngine();
    await gone.close();
    try {
      const runs = [demo("--engine", engine.url), demo("--engine", gone.url), demo("--engine", "localhost")];
      expect(await Promise.all(runs.map((run) => run.ended))).toEqual([2, 2, 2]);
      const [noModel, noEngine, nonsense] = runs.map((run) => run.output());
      expect(noModel).toContain("ollama pull llama3.2");
      expect(noEngine).toContain("ollama serve");
      expect(nonsense).toContain("npm run demo -- [--serve]");
    } finally {
      await engine.close();
    }
  });
});
