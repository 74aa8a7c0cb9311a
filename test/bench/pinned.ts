import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** The gateway has one core to itself; the load and the engine share the other. */
export const GATEWAY_CORE = 0;
export const LOAD_CORE = 1;

/** Is `command` installed? */
export function installed(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v "$1"`, "sh", command]).status === 0;
}

/** Starts a program on one core, where the system can pin. */
export function spawnPinned(
  core: number,
  command: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const [program = "", ...args] = installed("taskset")
    ? ["taskset", "-c", String(core), ...command]
    : command;
  return spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
}

/** Stops a process by its own handle and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await once(child, "exit");
  clearTimeout(force);
}

/** The first line that a program of the bench prints says where it listens. */
export async function readUrl(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const line = /^(\{.*"url".*\})$/m.exec(text)?.[1];
    if (line !== undefined) return (JSON.parse(line) as { url: string }).url;
  }
  throw new Error(`a program of the bench ended before it listened: ${text}`);
}

/** Clock ticks a second, in which Linux counts a process's time. */
const TICKS = 100;

/** Processor time that a process and its children have used, user and system, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const own = ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS;
  return childrenOf(pid).reduce((sum, child) => sum + cpuMicroseconds(child), own);
}

/** Resident memory of a process and its children, in megabytes. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const own = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  return childrenOf(pid).reduce((sum, child) => sum + residentMegabytes(child), own);
}

/** The most that a process and its children ever had resident, in megabytes. */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const own = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  return childrenOf(pid).reduce((sum, child) => sum + peakMegabytes(child), own);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text.split(" ").filter(Boolean).map(Number);
}
