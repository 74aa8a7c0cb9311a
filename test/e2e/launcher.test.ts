import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const LAUNCHER = join(ROOT, "services/gateway/bin/attach-gateway.js");
/** The first run may have to build the bundle. */
const LIMIT_MS = 60_000;

let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "attach-launcher-"));
});

afterAll(() => rm(temporary, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  return new Promise((settle) => {
    execFile(process.execPath, args, { env, cwd: temporary }, (error, stdout, stderr) =>
      settle({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Makes the Node that starts believe it is an older one; a Node that it starts itself knows better. */
function claimToBe(version: string): string[] {
  const versions = `{ value: { ...process.versions, node: "${version}" } }`;
  return [
    "--import",
    `data:text/javascript,Object.defineProperty(process, "versions", ${encodeURIComponent(versions)})`,
  ];
}

describe("the command in the repository", { timeout: LIMIT_MS }, () => {
  test("builds what is missing and runs it, with nothing but the answer on stdout", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "services/gateway/package.json"), "utf8"));
    const { code, stdout } = await run([LAUNCHER, "--version"]);
    expect([code, stdout.trim()]).toEqual([0, version]);
  });

  test.each(["20.20.2", "22.18.0"])(
    "on Node %s it goes on with the workspace's own Node",
    async (version) => {
      const help = await run([...claimToBe(version), LAUNCHER, "--help"]);
      expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("attach-gateway dev")]);
      const mistake = await run([...claimToBe(version), LAUNCHER, "--no-such-flag"]);
      expect([mistake.code, mistake.stderr]).toEqual([2, expect.stringContaining("--no-such-flag")]);
    },
  );
});

describe("the command as a package", () => {
  test.each(["20.20.2", "22.18.0", "18.0.0"])(
    "on Node %s it names the Node that it needs",
    async (version) => {
      const installed = join(temporary, `installed-${version}`);
      await mkdir(join(installed, "bin"), { recursive: true });
      await cp(join(ROOT, "services/gateway/package.json"), join(installed, "package.json"));
      await cp(LAUNCHER, join(installed, "bin/attach-gateway.js"));
      const { code, stderr } = await run([...claimToBe(version), join(installed, "bin/attach-gateway.js")]);
      expect(code).toBe(1);
      expect(stderr).toContain(`needs Node 22.19 or newer; this is Node ${version}`);
      expect(stderr).not.toContain("    at ");
    },
  );
});

describe.skipIf(process.platform === "win32")("npm run", () => {
  const WITH_PNPM = join(ROOT, "scripts/with-pnpm.mjs");
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const bin = join(temporary, "bin");
    await mkdir(bin);
    const script = [
      "#!/bin/sh",
      'case "$1" in',
      "  --version) echo 12.99.0 ;;",
      '  wait) trap "echo told; exit 9" TERM; echo waiting; while :; do sleep 0.05; done ;;',
      "  *) printf '<%s>' \"$@\"; exit 7 ;;",
      "esac",
    ];
    await writeFile(join(bin, "pnpm"), script.join("\n"));
    await chmod(join(bin, "pnpm"), 0o755);
    env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
  });

  test("hands its arguments to pnpm as they are, and gives back its exit code", async () => {
    const { code, stdout } = await run([WITH_PNPM, "run", "demo:story", "--serve", "two words"], env);
    expect([code, stdout]).toEqual([7, "<run><demo:story><--serve><two words>"]);
  });

  test("passes a signal on and waits for the end", async () => {
    const child = spawn(process.execPath, [WITH_PNPM, "wait"], { env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") child.kill("SIGTERM");
      said += text;
    });
    const [code] = await once(child, "close");
    expect([code, said]).toEqual([9, "waiting\ntold\n"]);
  });

  test("says which Node it takes to start", async () => {
    const { code, stderr } = await run([...claimToBe("18.20.0"), WITH_PNPM, "run", "demo:story"], env);
    expect([code, stderr]).toEqual([1, "Node 20 or newer is needed to start; this is Node 18.20.0.\n"]);
  });
});

describe("the closing line of CI", () => {
  const CLOSING_LINE = join(ROOT, "scripts/ci/closing-line.ts");

  async function close(report: object): Promise<Outcome> {
    const path = join(temporary, "report.json");
    const whole = {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
    };
    await writeFile(path, JSON.stringify({ ...whole, ...report }));
    return run([CLOSING_LINE, path]);
  }

  test("counts what passed, failed and was skipped", async () => {
    const green = await close({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 });
    expect([green.code, green.stdout]).toEqual([0, "3 passed, 0 failed, 2 skipped\n"]);
    const red = await close({ numPassedTests: 3, numFailedTests: 1 });
    expect([red.code, red.stdout]).toEqual([1, "3 passed, 1 failed, 0 skipped\n"]);
  });

  test("fails a run without a test, and one with a file that could not be loaded", async () => {
    expect((await close({})).code).toBe(1);
    const broken = { name: "a.test.ts", status: "failed", message: "SyntaxError", assertionResults: [] };
    const { code, stdout, stderr } = await close({ numPassedTests: 3, testResults: [broken] });
    expect([code, stdout]).toEqual([1, "3 passed, 1 failed, 0 skipped\n"]);
    expect(stderr).toContain("a.test.ts: SyntaxError");
  });
});
