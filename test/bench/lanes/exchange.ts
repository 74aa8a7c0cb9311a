import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import { cpuMicroseconds, LOAD_CORE } from "../pinned.ts";
import { median } from "../statistics.ts";
import type { BenchIssuer } from "../tokens.ts";

const run = promisify(execFile);

/** One way to ask for an agent's token, over all rounds. */
export interface ExchangeRow {
  readonly name: string;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the gateway with its writer thread, for one exchange, in microseconds. */
  readonly cpu: number;
  /** Answers that were no 200, and connections that failed. */
  readonly errors: number;
}

export interface ExchangeOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** Subject tokens that one round of fresh ones may use up, by second; the load stops at the last one. */
const FRESH_A_SECOND = 8_000;

/**
 * `POST /oauth/token` (RFC 8693) on the durable SQLite store: for users whose token the gateway has seen before, and with an
 * RS256 subject token that it has not. Needs `wrk`.
 */
export async function measureExchange(
  setting: Setting,
  issuer: BenchIssuer,
  { rounds, seconds, connections }: ExchangeOptions,
): Promise<ExchangeRow[]> {
  const { peer } = await startAttach(setting);
  const { pid } = peer;
  if (pid === undefined) throw new Error("the gateway did not start");
  const once = async (tokens: readonly string[]) => {
    const before = cpuMicroseconds(pid);
    const result = await load(setting.folder, peer.url, { tokens, seconds, connections });
    return { ...result, cpu: (cpuMicroseconds(pid) - before) / result.count };
  };
  try {
    const known: Awaited<ReturnType<typeof once>>[] = [];
    const fresh: typeof known = [];
    await once(issuer.tokens);
    for (let round = 0; round < rounds; round += 1) {
      known.push(await once(issuer.tokens));
      fresh.push(await once(await issuer.sign(FRESH_A_SECOND * seconds)));
    }
    return [row("subject token seen before", known), row("RS256 subject token, new each time", fresh)];
  } finally {
    await peer.stop();
  }
}

type Round = Omit<ExchangeRow, "name">;

function row(name: string, rounds: readonly Round[]): ExchangeRow {
  const of = (read: (round: Round) => number) => median(rounds.map(read));
  return {
    name,
    perSecond: of((round) => round.perSecond),
    p50: of((round) => round.p50),
    p99: of((round) => round.p99),
    cpu: of((round) => round.cpu),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  };
}

async function load(
  folder: string,
  url: string,
  { tokens, seconds, connections }: { tokens: readonly string[]; seconds: number; connections: number },
): Promise<Round & { readonly count: number }> {
  const list = join(folder, "subjects.txt");
  writeFileSync(list, tokens.join("\n"));
  const script = join(folder, "exchange.lua");
  writeFileSync(
    script,
    `local tokens = {}
for line in io.lines("${list}") do tokens[#tokens + 1] = line end
local turn = 0
local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
request = function()
  turn = turn + 1
  return wrk.format("POST", "/oauth/token", headers,
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&client_id=bench-agent&scope=llm%3Aread" ..
    "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token=" ..
    tokens[(turn - 1) % #tokens + 1])
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
  return { count, perSecond, p50, p99, errors, cpu: Number.NaN };
}
