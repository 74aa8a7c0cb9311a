import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { install, type Packed, type PackedPackage, pack, ROOT, userEnvironment } from "../support/packed.ts";

const run = promisify(execFile);
/** Packing and installing take seconds, on a busy machine many. */
const PREPARE_MS = 180_000;

/** An agent as a user would write it: only what the packages export, and the gateway's address. */
const AGENT = `
import { logIn } from "@attach-dev/dev-issuer";
import { AttachClient } from "@attach-dev/sdk";

const gatewayUrl = process.argv[2];
const config = await (await fetch(gatewayUrl + "/auth/config")).json();
const alice = await logIn({ issuer: config.issuer, user: "alice", audience: config.audience });
const agent = new AttachClient(alice.accessToken, { gatewayUrl }).agent("packed-agent", { scopes: ["llm:read"] });
const { models } = await (await agent.fetch("/api/tags")).json();
const body = JSON.stringify({ model: models[0].name, messages: [{ role: "user", content: "hello" }] });
const response = await agent.fetch("/api/chat", { method: "POST", body });
const lines = (await response.text()).trim().split("\\n").map((line) => JSON.parse(line));
const bare = await fetch(gatewayUrl + "/api/chat", { method: "POST", body });
await agent.revoke();
console.log(JSON.stringify({
  status: response.status,
  text: lines.map((line) => line.message.content).join(""),
  done: lines.at(-1).done,
  bare: bare.status,
}));
`;

let packed: Packed;

beforeAll(async () => {
  packed = await pack();
}, PREPARE_MS);

afterAll(() => packed?.remove());

function named(name: string): PackedPackage {
  const found = packed.packages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

function manifest(name: string): Record<string, unknown> {
  return JSON.parse(named(name).files.get("package.json") ?? "{}");
}

describe("what is in the packages", () => {
  const always = ["LICENSE", "README.md", "package.json"];
  const allowed: Record<string, RegExp> = {
    "@attach-dev/sdk": /^dist\/((langchain|protocol|verify)\/)?[\w.-]+\.(d\.ts|js)$/,
    "@attach-dev/dev-issuer": /^dist\/(protocol\/)?[\w.-]+\.(d\.ts|js)$|^dist\/THIRD-PARTY-LICENSES\.txt$/,
    "attach-gateway": /^bin\/attach-gateway\.js$|^dist\/[\w.-]+\.js$|^dist\/THIRD-PARTY-LICENSES\.txt$/,
  };

  test.each(Object.keys(allowed))("%s: the build, its licence, and nothing else", (name) => {
    const paths = [...named(name).files.keys()];
    expect(paths).toEqual(expect.arrayContaining(always));
    const strays = paths.filter((path) => !always.includes(path) && !allowed[name]?.test(path));
    expect(strays).toEqual([]);
    expect(paths.some((path) => path.includes(".test."))).toBe(false);
  });

  test.each(Object.keys(allowed))("%s: no path of the machine it was built on", (name) => {
    const leaks = [...named(name).files].filter(([, text]) => text.includes(ROOT)).map(([path]) => path);
    expect(leaks).toEqual([]);
  });

  test.each(Object.keys(allowed))("%s: asks for nothing that is not published", (name) => {
    const { dependencies = {}, optionalDependencies = {}, engines } = manifest(name);
    const asked = Object.entries({ ...(dependencies as object), ...(optionalDependencies as object) });
    const strange = asked.filter(([, range]) => !/^[\^~]?\d+\.\d+\.\d+$/.test(String(range)));
    expect(strange).toEqual([]);
    expect(asked.map(([dependency]) => dependency)).not.toContain("@attach-dev/protocol");
    expect(engines).toEqual({ node: ">=22.19" });
  });

  test("the SDK has no dependency, and imports nothing but what is packed beside it", () => {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      manifest("@attach-dev/sdk");
    expect([dependencies, optionalDependencies]).toEqual([undefined, undefined]);
    // The adapter's alone, for those who have it.
    expect(Object.keys(peerDependencies as object)).toEqual(["@langchain/core"]);
    expect(peerDependenciesMeta).toEqual({ "@langchain/core": { optional: true } });
    const { files } = named("@attach-dev/sdk");
    const code = [...files].filter(([path]) => path.endsWith(".js") && path !== "dist/langchain.js");
    expect(code.map(([path]) => path)).toEqual(expect.arrayContaining(["dist/index.js", "dist/a2a.js"]));
    expect(code.map(([, text]) => text).join("\n")).toContain("class AttachClient");
    for (const [path, text] of code) {
      expect(text).not.toMatch(/\brequire\(|\bimport\(/);
      for (const [, from = ""] of text.matchAll(/^\s*import\b.*?"([^"]*)";$/gm))
        expect([path, files.has(`dist/${from.replace(/^\.\//, "")}`)]).toEqual([path, true]);
    }
  });

  test("the gateway's bundle carries the licences of what is in it", () => {
    const licences = named("attach-gateway").files.get("dist/THIRD-PARTY-LICENSES.txt");
    for (const name of ["fastify", "undici", "jose", "drizzle-orm"]) expect(licences).toContain(`\n${name} `);
  });

  test.each(Object.keys(allowed))("%s: publint finds nothing", async (name) => {
    const publint = join(ROOT, "node_modules/.bin/publint");
    const { stdout } = await run(publint, ["run", named(name).tarball, "--strict"]);
    expect(stdout).toContain("All good!");
  });

  test.each(["@attach-dev/sdk", "@attach-dev/dev-issuer"])("%s: its types resolve", async (name) => {
    const attw = join(ROOT, "node_modules/.bin/attw");
    await run(attw, [named(name).tarball, "--profile", "esm-only"]);
  });
});

describe("installed by npm in an empty folder", () => {
  let folder: string;
  let gateway: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await install(packed);
  }, PREPARE_MS);

  afterAll(async () => {
    if (gateway !== undefined) await end(gateway);
    await rm(folder, { recursive: true, force: true });
  });

  test("brings few packages along: the gateway's own dependencies are in its bundle", async () => {
    const names = await readdir(join(folder, "node_modules"));
    for (const bundled of ["fastify", "undici", "drizzle-orm", "typebox"])
      expect(names).not.toContain(bundled);
  });

  test("its types compile in a strict project that has nothing else", async () => {
    await writeFile(
      join(folder, "consumer.ts"),
      `import { AttachClient, AttachError } from "@attach-dev/sdk";
       import { startDevIssuer } from "@attach-dev/dev-issuer";
       export const agent = new AttachClient("token").agent("a", { scopes: ["llm:read"] });
       export const code = (error: AttachError): string => error.code;
       // @ts-expect-error: an agent without scopes is a mistake.
       new AttachClient("token").agent("a", {});
       export const issuer = startDevIssuer;`,
    );
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const options = "--noEmit --strict --module nodenext --target es2023 --lib es2024,dom --types node";
    const typeRoots = ["--typeRoots", join(ROOT, "node_modules/@types")];
    const outcome = await run(process.execPath, [tsc, ...options.split(" "), ...typeRoots, "consumer.ts"], {
      cwd: folder,
    }).catch((error) => error);
    expect(outcome.stdout).toBe("");
  });

  test("I07 T01: `npx attach-gateway dev` serves an agent that is written on the SDK", {
    timeout: 90_000,
  }, async () => {
    const port = await freePort();
    const env = { ...userEnvironment(), LOG_LEVEL: "warn" };
    // A process group of its own: npx runs the gateway behind a shell, and all of it has to end.
    gateway = spawn("npx", ["attach-gateway", "dev", "--port", String(port)], {
      cwd: folder,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const url = `http://localhost:${port}`;
    await alive(url, gateway);

    await writeFile(join(folder, "agent.mjs"), AGENT);
    const { stdout } = await run(process.execPath, ["agent.mjs", url], { cwd: folder, env });
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({ status: 200, done: true, bare: 401 });
    expect(seen.text.length).toBeGreaterThan(0);

    await end(gateway);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test.skipIf(process.platform !== "linux")(
    "idles in less than 120 MB, with its issuer's keys, its policies and its writer in memory",
    { timeout: 90_000 },
    async () => {
      const [port, issuer] = await Promise.all([freePort(), startDevIssuer()]);
      const env = { ...userEnvironment(), OIDC_ISSUER: issuer.issuer, LOG_LEVEL: "error" };
      const program = join(folder, "node_modules/attach-gateway/bin/attach-gateway.js");
      const served = spawn(process.execPath, [program, "serve", "--port", String(port)], {
        cwd: folder,
        env,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      try {
        await alive(`http://127.0.0.1:${port}`, served);
        // A gateway that has its issuer's keys has used all that it will use while nobody calls.
        const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
        await expect.poll(ready, { timeout: 10_000 }).toBe(200);
        expect(await settled(served.pid ?? 0, 120)).toBeLessThan(120);
      } finally {
        await Promise.all([end(served), issuer.close()]);
      }
    },
  );
});

/**
 * Its resident memory in MB, once that has come to rest: what its start left behind is given back in the first quiet second, which comes
 * late on a busy machine.
 */
async function settled(pid: number, goal: number): Promise<number> {
  const read = async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  };
  await sleep(5_000);
  let now = await read();
  for (let look = 0; look < 45; look++) {
    const before = now;
    await sleep(1_000);
    now = await read();
    if (now < goal && Math.abs(now - before) < 0.5) break;
  }
  return now;
}

async function alive(url: string, child: ChildProcess): Promise<void> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const deadline = performance.now() + 60_000;
  for (;;) {
    const up = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`it did not start:\n${output}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  process.kill(-child.pid, "SIGTERM");
  await ended;
}
