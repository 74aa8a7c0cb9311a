/** A real Weaviate for tests, on free ports with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { findServer, type KeptServer, without } from "./kept-server.ts";

const SERVER: KeptServer = {
  name: "Weaviate",
  variable: "WEAVIATE_BIN",
  // The version that `scripts/servers/weaviate.sh` builds.
  kept: "weaviate-1.39.2/weaviate-server",
  command: "weaviate-server",
  hint: "`scripts/servers/weaviate.sh` builds one",
};
const START_MS = 60_000;

export const withoutWeaviate = (): string | false => without(SERVER);

export interface Weaviate {
  readonly url: string;
  /** `host:port`. */
  readonly grpcUrl: string;
  /** At once, as a power cut would. */
  kill(): Promise<void>;
  /** Again on the same ports and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface WeaviateOptions {
  /** Asked of everybody; without it anonymous access is on. */
  readonly apiKey?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startWeaviate({ apiKey, env = {} }: WeaviateOptions = {}): Promise<Weaviate> {
  const binary = findServer(SERVER);
  if (binary === undefined) throw new Error("no Weaviate here");
  const folder = await mkdtemp(join(tmpdir(), "attach-weaviate-"));
  const [port, grpc, gossip, data, raft, raftRpc, profiling] = (await freePortsInARow(7)).map(String);
  const access: Record<string, string> =
    apiKey === undefined
      ? { AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: "true" }
      : {
          AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: "false",
          AUTHENTICATION_APIKEY_ENABLED: "true",
          AUTHENTICATION_APIKEY_ALLOWED_KEYS: apiKey,
          AUTHENTICATION_APIKEY_USERS: "gateway",
          AUTHORIZATION_ADMINLIST_ENABLED: "true",
          AUTHORIZATION_ADMINLIST_USERS: "gateway",
        };
  const settings = {
    PATH: process.env["PATH"],
    HOME: folder,
    PERSISTENCE_DATA_PATH: join(folder, "data"),
    GRPC_PORT: grpc,
    CLUSTER_HOSTNAME: "node1",
    CLUSTER_IN_LOCALHOST: "true",
    CLUSTER_GOSSIP_BIND_PORT: gossip,
    CLUSTER_DATA_BIND_PORT: data,
    RAFT_PORT: raft,
    RAFT_INTERNAL_RPC_PORT: raftRpc,
    RAFT_BOOTSTRAP_EXPECT: "1",
    RAFT_JOIN: `node1:${raft}`,
    DEFAULT_VECTORIZER_MODULE: "none",
    DISABLE_TELEMETRY: "true",
    GO_PROFILING_PORT: profiling,
    LOG_LEVEL: "warning",
    ...access,
    ...env,
  };
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = ["--host", "127.0.0.1", "--port", port ?? "", "--scheme", "http"];
    const log: string[] = [];
    const started = spawn(binary ?? "", args, { env: settings, stdio: ["ignore", "ignore", "pipe"] });
    child = started;
    started.stderr.on("data", (piece: Buffer) => {
      log.push(piece.toString());
      if (log.length > 100) log.shift();
    });
    const deadline = performance.now() + START_MS;
    while (!(await isReady(url))) {
      if (started.exitCode !== null || performance.now() > deadline) {
        await end(started, "SIGKILL");
        throw new Error(`Weaviate did not start:\n${log.join("")}`);
      }
      await delay(100);
    }
  }
  const killed = (): void => void child?.kill("SIGKILL");
  process.once("exit", killed);
  await start();
  return {
    url,
    grpcUrl: `127.0.0.1:${grpc}`,
    kill: () => end(child, "SIGKILL"),
    restart: start,
    async stop() {
      process.off("exit", killed);
      await end(child, "SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Its nodes find each other by counting on from a port: scattered ones elect no leader. */
async function freePortsInARow(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = await freePort();
    const row = Array.from({ length: count }, (_, at) => first + at);
    if (first + count < 65_000 && (await Promise.all(row.map(isFree))).every(Boolean)) return row;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/v1/.well-known/ready`)).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
