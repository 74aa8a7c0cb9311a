import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chown, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { lastStep, type Rehearsed, readStages, rehearse, type Stage } from "../support/image.ts";
import { ROOT } from "../support/packed.ts";

const run = promisify(execFile);
/** Installing and building take seconds, on a busy machine many. */
const PREPARE_MS = 180_000;
/** Nobody in particular, as `USER node` is nobody in particular; only root can become somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let stages: ReadonlyMap<string, Stage>;
let image: Rehearsed;

beforeAll(async () => {
  stages = await readStages();
  image = await rehearse(stages, "gateway");
}, PREPARE_MS);

afterAll(() => image?.remove());

function stage(name: string): Stage {
  const found = stages.get(name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
}

/** A command of the image, run on what was rehearsed, by somebody who may write to `data` only. */
function command(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [, ...args] = words.map((word) => (word.startsWith("/app/") ? join(image.root, word) : word));
  expect(words[0]).toBe("node");
  return spawn(process.execPath, args, { cwd: join(image.root, "data"), env, stdio: "pipe", ...NOBODY });
}

describe("the image", () => {
  test("is the last stage, not root, and says how it is", () => {
    expect([...stages.keys()].at(-1)).toBe("gateway");
    expect(lastStep(stage("gateway"), "USER").words).toEqual(["node"]);
    expect(lastStep(stage("gateway"), "HEALTHCHECK").words).toContain("CMD");
    const bases = [...stages.values()].map(({ base }) => base);
    expect(bases.every((base) => /^node:\d+-\w+-slim$/.test(base))).toBe(true);
  });

  test("S23: has no dev issuer, and no source", async () => {
    const packages = await readdir(join(image.root, "app/node_modules"), { recursive: true });
    expect(packages.filter((path) => /dev-issuer|oidc-provider/.test(path))).toEqual([]);
    expect((await readdir(join(image.root, "app"))).sort()).not.toContain("src");
  });

  test("O06: serves from a root that it cannot write to, is healthy, and ends when it is told", async () => {
    const data = join(image.root, "data");
    if (NOBODY.uid !== undefined) await chown(data, NOBODY.uid, NOBODY.gid);
    const port = await freePort();
    const env = {
      NODE_ENV: "production",
      DATABASE_URL: `sqlite:${data}/attach.db`,
      PORT: String(port),
      OIDC_ISSUER: "https://issuer.example",
    };
    const { words: entrypoint } = lastStep(stage("gateway"), "ENTRYPOINT");
    const { words: args } = lastStep(stage("gateway"), "CMD");
    const gateway = command([...entrypoint, ...args], env);
    let said = "";
    for (const stream of [gateway.stdout, gateway.stderr]) stream?.on("data", (text) => (said += text));
    try {
      await expect.poll(() => said, { timeout: 20_000 }).toMatch(/listening|http:\/\/127\.0\.0\.1/);
      const { text } = lastStep(stage("gateway"), "HEALTHCHECK");
      const probe = JSON.parse(text.slice(text.indexOf("["))) as string[];
      expect(await once(command(probe, env), "exit")).toEqual([0, null]);
      await access(join(data, "attach.db"));
      gateway.kill("SIGTERM");
      expect(await once(gateway, "exit")).toEqual([0, null]);
      expect(await once(command(probe, env), "exit")).toEqual([1, null]);
    } finally {
      gateway.kill("SIGKILL");
    }
  });

  test("says what is missing when it is opened to others without an address", async () => {
    const { words: entrypoint } = lastStep(stage("gateway"), "ENTRYPOINT");
    const gateway = command([...entrypoint, "serve"], {
      HOST: "0.0.0.0",
      OIDC_ISSUER: "https://issuer.example",
    });
    let said = "";
    gateway.stderr?.on("data", (text) => (said += text));
    expect(await once(gateway, "close")).toEqual([2, null]);
    expect(said).toContain("PUBLIC_URL");
  });
});

describe("deploy/compose.yaml", () => {
  test("is what the compose specification allows, and nothing that a linter warns of", async () => {
    const linter = join(ROOT, "node_modules/.bin/dclint");
    const { stdout } = await run(
      linter,
      ["--formatter", "json", "--max-warnings", "0", "deploy/compose.yaml"],
      {
        cwd: ROOT,
      },
    );
    expect(JSON.parse(stdout)).toMatchObject([{ errorCount: 0, warningCount: 0 }]);
  });

  test("lets nobody reach anything but the gateway, and that from this machine only", async () => {
    const text = await readFile(join(ROOT, "deploy/compose.yaml"), "utf8");
    const published = [...text.matchAll(/^\s+- ["']?([\d.]*:?\d+:\d+)["']?$/gm)].map(([, port]) => port);
    expect(published).toEqual(["127.0.0.1:8080:8080"]);
  });
});
