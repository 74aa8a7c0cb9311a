import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort } from "../support/free-port.ts";
import { installed, LOAD_CORE, readUrl, spawnPinned, stop } from "./pinned.ts";
import { RESPONSE_BODY } from "./request.ts";

/** What the peers relay to, on the load's core. */
export interface BenchEngine {
  readonly url: string;
  readonly kind: string;
  /** Requests that reached it so far. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Lines that every nginx of the bench needs to run from a folder of its own. */
export function nginxFrame(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  mkdirSync(folder, { recursive: true });
  return `daemon off; pid ${folder}/pid; worker_processes 1; error_log stderr crit;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 1000000000;
${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}`;
}

/** Answers JSON at once: nginx, which costs the load's core the least, else Node. */
export async function startJsonEngine(folder: string): Promise<BenchEngine> {
  if (!installed("nginx")) return startStreamEngine();
  const port = await freePort();
  const file = join(folder, "engine.conf");
  writeFileSync(
    file,
    `${nginxFrame(join(folder, "engine"))}
server { listen 127.0.0.1:${port};
location / { default_type application/json; return 200 '${RESPONSE_BODY}'; }
location = /count { stub_status; } } }`,
  );
  const child = spawnPinned(LOAD_CORE, ["nginx", "-c", file, "-e", "stderr"]);
  const url = `http://127.0.0.1:${port}`;
  let asked = 0;
  const count = async (): Promise<number> => {
    asked += 1;
    const text = await (await fetch(`${url}/count`)).text();
    return Number(/^ \d+ \d+ (\d+)/m.exec(text)?.[1]) - asked;
  };
  await until(count);
  return { url, kind: "nginx", count, stop: () => stop(child) };
}

/** Streams so many server-sent events an answer; to a request for JSON it answers JSON. */
export async function startStreamEngine(pieces = 64): Promise<BenchEngine> {
  const program = resolve(import.meta.dirname, "programs/engine.ts");
  const child = spawnPinned(LOAD_CORE, [process.execPath, program, String(pieces)]);
  const url = await readUrl(child);
  const count = async () => Number(await (await fetch(`${url}/count`)).text());
  return { url, kind: "node", count, stop: () => stop(child) };
}

/** Tries until it works: a program that was just started. */
export async function until<T>(attempt: () => Promise<T>, milliseconds = 15_000): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((wake) => setTimeout(wake, 5));
    }
  }
}
