import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { freePort } from "./free-port.ts";

/** A real Redis of Debian's package, on a free port, that keeps nothing. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Raw commands in the inline form; the answer as it comes. */
  ask(command: string): Promise<string>;
}

/** `undefined` where it is installed; else why a test that needs it cannot run. */
export function redisMissing(): string | undefined {
  const found = spawnSync("redis-server", ["--version"]).status === 0;
  if (found) return undefined;
  if (process.env["ATTACH_REQUIRE_SERVERS"] === "1") throw new Error("redis-server is not installed");
  return "redis-server is not installed (Debian: redis-server)";
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess;
  const ask = (command: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write(`${command}\r\n`));
      socket.setEncoding("utf8").once("data", (text) => {
        socket.destroy();
        resolve(String(text));
      });
      socket.on("error", reject);
    });
  const start = async (): Promise<void> => {
    child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      { stdio: "ignore" },
    );
    const deadline = performance.now() + 10_000;
    for (;;) {
      if ((await ask("PING").catch(() => "")).startsWith("+PONG")) return;
      if (performance.now() > deadline) throw new Error("redis-server did not start");
      await new Promise((wake) => setTimeout(wake, 25));
    }
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    ask,
    restart: start,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
