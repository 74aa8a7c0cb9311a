import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MAIN = resolve(import.meta.dirname, "../../services/gateway/dist/main.js");
const LIMIT_MS = 20_000;

/** The program as a command: what it says on each stream, and how it ends. */
export interface Program {
  readonly child: ChildProcess;
  readonly folder: string;
  stdout(): string;
  stderr(): string;
  /** Waits until a stream holds a match. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for its end: the exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
  /** Kills it if it still runs, and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs `attach-gateway` as it is shipped in an empty folder, with nothing of our environment but `PATH`. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  given?: string,
): Promise<Program> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), "attach-cli-")));
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = async () => {
    const [code, signal] = await within(closed, () => `it did not end\n${said.stdout}${said.stderr}`);
    return code ?? signal ?? "";
  };
  return {
    child,
    folder,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
    async says(pattern) {
      const deadline = performance.now() + LIMIT_MS;
      for (;;) {
        const match = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
        if (match !== null) return match;
        const over = child.exitCode !== null || child.signalCode !== null || performance.now() > deadline;
        if (over) throw new Error(`it never said ${pattern}\n${said.stdout}${said.stderr}`);
        await new Promise((wake) => setTimeout(wake, 10));
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function within<T>(promise: Promise<T>, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
