/** A real Ollama for tests, on a free port with a data folder of its own, and the tiny model in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { tinyModel } from "./tiny-model.ts";

/** The version that `scripts/servers/ollama.sh` builds. */
const VERSION = "0.13.5";
const START_MS = 20_000;

export interface Ollama {
  /** Where it listens, with no trailing slash. */
  url: string;
  /** The name of the model that is there. */
  model: string;
  stop(): Promise<void>;
}

/** The Ollama to test with: `OLLAMA_BIN`, else the one that `scripts/servers/ollama.sh` built, else one on PATH. */
function findOllama(): string | undefined {
  const named = process.env["OLLAMA_BIN"];
  if (named) return named;
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const built = join(cache, "attach-gateway", "servers", `ollama-${VERSION}`, "ollama");
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "ollama"));
  return [built, ...onPath].find(isExecutable);
}

/**
 * Why the tests with a real Ollama are skipped, or false when they run. CI sets `ATTACH_REQUIRE_SERVERS`, and a missing
 * server is then a failure instead.
 */
export function withoutOllama(): string | false {
  if (findOllama() !== undefined) return false;
  const reason = "skipped: no Ollama here; `scripts/servers/ollama.sh` builds one";
  if (process.env["ATTACH_REQUIRE_SERVERS"] === "1")
    throw new Error(`ATTACH_REQUIRE_SERVERS=1, but ${reason}`);
  console.warn(`The tests with a real Ollama are ${reason}.`);
  return reason;
}

/** Starts Ollama and makes the model `tiny` in it. */
export async function startOllama(): Promise<Ollama> {
  const binary = findOllama();
  if (binary === undefined || !existsSync(binary)) throw new Error(`no Ollama at ${binary}`);
  const folder = await mkdtemp(join(tmpdir(), "attach-ollama-"));
  // A home of its own as well: it keeps a key there.
  const env = {
    ...process.env,
    HOME: folder,
    OLLAMA_HOST: "127.0.0.1:0",
    OLLAMA_MODELS: join(folder, "models"),
  };
  const child = spawn(binary, ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const killed = (): boolean => child.kill("SIGKILL");
  process.once("exit", killed);
  const stop = async (): Promise<void> => {
    process.off("exit", killed);
    await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = `http://127.0.0.1:${await listeningPort(child)}`;
    await create(url, "tiny");
    return { url, model: "tiny", stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** It chooses the port and logs it: nobody else can take it in between. */
async function listeningPort(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error("no log to read");
  const log: string[] = [];
  const lines = createInterface({ input: child.stderr });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Ollama ${why}:\n${log.slice(-20).join("\n")}`));
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    lines.on("line", (line) => {
      log.push(line);
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with code ${code}`));
  });
}

/** What `ollama create` does, over its API: the file goes in by its digest, and a model is made of it. */
async function create(url: string, model: string): Promise<void> {
  const file = tinyModel();
  const digest = `sha256:${createHash("sha256").update(file).digest("hex")}`;
  await expectOk(await fetch(`${url}/api/blobs/${digest}`, { method: "POST", body: new Uint8Array(file) }));
  const body = {
    model,
    files: { "tiny.gguf": digest },
    template: "{{ range .Messages }}{{ .Content }} {{ end }}{{ .Prompt }}",
    parameters: { temperature: 0, num_ctx: 512, num_predict: 24 },
    stream: false,
  };
  await expectOk(await fetch(`${url}/api/create`, { method: "POST", body: JSON.stringify(body) }));
}

async function expectOk(response: Response): Promise<void> {
  const text = await response.text();
  if (!response.ok || text.includes('"error"'))
    throw new Error(`${response.url}: ${response.status} ${text}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(impatient);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
