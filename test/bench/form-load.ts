import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { LOAD_CORE } from "./pinned.ts";

const run = promisify(execFile);

/** A form that is posted over and over, its last field from a list in turn. */
export interface FormLoad {
  /** Where `wrk` finds its script. */
  readonly folder: string;
  readonly url: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields that stay the same. */
  readonly fields: Readonly<Record<string, string>>;
  readonly varied: { readonly name: string; readonly values: readonly string[] };
  readonly seconds: number;
  readonly connections: number;
}

export interface FormLoadResult {
  readonly count: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were no 200, and connections that failed. */
  readonly errors: number;
}

/** Needs `wrk`. */
export async function loadForms(load: FormLoad): Promise<FormLoadResult> {
  const { folder, url, path, headers = {}, fields, varied, seconds, connections } = load;
  const list = join(folder, "form-values.txt");
  writeFileSync(list, varied.values.map(encodeURIComponent).join("\n"));
  const script = join(folder, "forms.lua");
  const all = { "Content-Type": "application/x-www-form-urlencoded", ...headers };
  writeFileSync(
    script,
    `local values = {}
for line in io.lines("${list}") do values[#values + 1] = line end
local turn = 0
local headers = {${Object.entries(all).map(([name, value]) => `["${name}"] = "${value}"`)}}
local start = "${new URLSearchParams(fields)}&${varied.name}="
request = function()
  turn = turn + 1
  return wrk.format("POST", "${path}", headers, start .. values[(turn - 1) % #values + 1])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %f %f %f %d\\n", summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end`,
  );
  const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, url];
  const { stdout } = await run("taskset", ["-c", String(LOAD_CORE), ...wrk], { maxBuffer: 1 << 24 });
  const [count = 0, perSecond = 0, p50 = 0, p99 = 0, errors = 0] = (/RESULT (.*)/.exec(stdout)?.[1] ?? "")
    .split(" ")
    .map(Number);
  return { count, perSecond, p50, p99, errors };
}
