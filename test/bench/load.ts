import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { installed, LOAD_CORE } from "./pinned.ts";
import { PATH, REQUEST_BODY } from "./request.ts";

const run = promisify(execFile);

export interface LoadResult {
  /** Answers a second. */
  readonly perSecond: number;
  /** Milliseconds to the whole answer. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds to the first byte of the body; only the streams measure it. */
  readonly firstByteP99?: number;
  readonly firstByteP50?: number;
  /** Milliseconds between two pieces of a stream, as the client sees them. */
  readonly gapP99?: number;
  /** Answers that were no 200, and connections that failed. */
  readonly errors: number;
}

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: readonly string[];
}

export interface Loader {
  json(load: Load): Promise<LoadResult>;
  stream(load: Load): Promise<LoadResult>;
}

/** `wrk` where it is installed, our own load where it is not; both rotate the tokens. */
export function createLoader(folder: string, tokens: readonly string[]): Loader {
  const tokenFile = join(folder, "tokens.json");
  writeFileSync(tokenFile, JSON.stringify(tokens));
  const own = (accept: string) => (load: Load) => runOwn(load, accept, tokenFile);
  return {
    json: installed("wrk") ? (load) => runWrk(load, folder, tokens) : own("application/json"),
    stream: own("text/event-stream"),
  };
}

function pinned(command: readonly string[]): Promise<{ stdout: string }> {
  const [program = "", ...args] = installed("taskset")
    ? ["taskset", "-c", String(LOAD_CORE), ...command]
    : command;
  return run(program, args, { maxBuffer: 1 << 24 });
}

async function runWrk(
  { url, connections, seconds, headers }: Load,
  folder: string,
  tokens: readonly string[],
): Promise<LoadResult> {
  const script = join(folder, "load.lua");
  writeFileSync(
    script,
    `local tokens = {${tokens.map((token) => `"${token}"`).join(",")}}
local turn = 0
request = function()
  turn = turn + 1
  local headers = {["Content-Type"] = "application/json"}
  headers["Authorization"] = "Bearer " .. tokens[turn % #tokens + 1]
${headers.map((line) => `  headers["${line.split(": ")[0]}"] = "${line.split(": ")[1]}"`).join("\n")}
  return wrk.format("POST", "${PATH}", headers, '${REQUEST_BODY}')
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end`,
  );
  const { stdout } = await pinned(["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, url]);
  const [perSecond, p50, p99, errors] = (/RESULT (.*)/.exec(stdout)?.[1] ?? "").split(" ").map(Number);
  if (perSecond === undefined || p50 === undefined || p99 === undefined || errors === undefined)
    throw new Error(stdout);
  return { perSecond, p50, p99, errors };
}

async function runOwn(
  { url, connections, seconds, headers }: Load,
  accept: string,
  tokenFile: string,
): Promise<LoadResult> {
  const program = resolve(import.meta.dirname, "programs/load.ts");
  const options = { url, tokens: tokenFile, connections, seconds, accept };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await pinned([
    process.execPath,
    program,
    ...args,
    ...headers.flatMap((line) => ["--header", line]),
  ]);
  return JSON.parse(stdout) as LoadResult;
}
