/** A real Temporal server for tests, in memory, on free ports; and the example's worker on it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { resolve } from "node:path";
import { freePort } from "./free-port.ts";
import { findServer, type KeptServer, without } from "./kept-server.ts";

const TEMPORAL: KeptServer = {
  name: "Temporal",
  variable: "TEMPORAL_BIN",
  kept: "temporal-1.5.1/temporal",
  command: "temporal",
  hint: "`scripts/servers/temporal.sh` builds one",
};
const WORKER = resolve(import.meta.dirname, "../../examples/temporal/worker.ts");
const START_MS = 30_000;

export const withoutTemporal = (): string | false => without(TEMPORAL);

export interface Temporal {
  /** `host:port` */
  readonly address: string;
  stop(): Promise<void>;
}

export async function startTemporal(): Promise<Temporal> {
  const [port, http, metrics] = [await freePort(), await freePort(), await freePort()];
  const address = `127.0.0.1:${port}`;
  const args = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "error"];
  const ports = ["--port", `${port}`, "--http-port", `${http}`, "--metrics-port", `${metrics}`];
  const child = spawn(findServer(TEMPORAL) ?? "temporal", [...args, ...ports], { stdio: "ignore" });
  const deadline = performance.now() + START_MS;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error("Temporal did not start");
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return { address, stop: () => kill(child, "SIGTERM") };
}

export interface TemporalWorker {
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The example's worker, as a process of its own. */
export async function startWorker(env: Readonly<Record<string, string>>): Promise<TemporalWorker> {
  const child = spawn(process.execPath, [WORKER], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  await new Promise<void>((ready, failed) => {
    const hear = (text: Buffer): void => {
      said += text;
      if (said.includes("worker ready")) ready();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => failed(new Error(`the worker did not start\n${said}`)));
  });
  return { stop: (signal = "SIGTERM") => kill(child, signal) };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}
