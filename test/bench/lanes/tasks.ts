import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchEngine } from "../engine.ts";
import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import { cpuMicroseconds, LOAD_CORE } from "../pinned.ts";
import { REQUEST_BODY } from "../request.ts";
import { median } from "../statistics.ts";
import type { BenchIssuer } from "../tokens.ts";

const run = promisify(execFile);

/** The façade, over all rounds. */
export interface TaskFigures {
  /** Tasks that were accepted, and so kept. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the gateway with all its threads, for one task that was accepted: what it did for the engine's answers is in it. */
  readonly cpu: number;
  /** How many reached the engine while others came. */
  readonly donePerSecond: number;
  /** Answers that were no 202. */
  readonly refused: number;
}

interface Round extends Omit<TaskFigures, "donePerSecond"> {
  readonly asked: number;
}

/**
 * `POST /a2a/tasks/send` of many users, on the durable store: each is on disk before it is answered. The gateway does what it has accepted
 * on the same core. Needs `wrk`.
 */
export async function measureTasks(
  setting: Setting,
  { issuer, engine }: { readonly issuer: BenchIssuer; readonly engine: BenchEngine },
  {
    rounds,
    seconds,
    connections,
  }: { readonly rounds: number; readonly seconds: number; readonly connections: number },
): Promise<TaskFigures> {
  const tokens = await issuer.sign(issuer.tokens.length, "openid llm:read a2a:send a2a:read");
  const { peer } = await startAttach(setting, { MEM_BACKEND: "none" });
  const { pid } = peer;
  if (pid === undefined) throw new Error("nothing runs that could be measured");
  const script = writeScript(setting.folder, tokens);
  const load = async (): Promise<Round> => {
    const [before, done] = [cpuMicroseconds(pid), await engine.count()];
    const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, peer.url];
    const { stdout } = await run("taskset", ["-c", String(LOAD_CORE), ...wrk], { maxBuffer: 1 << 24 });
    const cpu = cpuMicroseconds(pid) - before;
    const [count = 0, perSecond = 0, p50 = 0, p99 = 0, refused = 0] = (/RESULT (.*)/.exec(stdout)?.[1] ?? "")
      .split(" ")
      .map(Number);
    const share = (count - refused) / count;
    const asked = ((await engine.count()) - done) / seconds;
    return { perSecond: perSecond * share, p50, p99, cpu: cpu / (count - refused), refused, asked };
  };
  try {
    await load();
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await drained(engine);
      all.push(await load());
    }
    const of = (read: (round: Round) => number) => median(all.map(read));
    return {
      perSecond: of((round) => round.perSecond),
      p50: of((round) => round.p50),
      p99: of((round) => round.p99),
      cpu: of((round) => round.cpu),
      donePerSecond: of((round) => round.asked),
      refused: all.reduce((sum, { refused }) => sum + refused, 0),
    };
  } finally {
    await peer.stop();
  }
}

function writeScript(folder: string, tokens: readonly string[]): string {
  const list = join(folder, "task-tokens.txt");
  writeFileSync(list, tokens.join("\n"));
  const script = join(folder, "tasks.lua");
  writeFileSync(
    script,
    `local tokens = {}
for line in io.lines("${list}") do tokens[#tokens + 1] = "Bearer " .. line end
local turn = 0
local headers = {["Content-Type"] = "application/json"}
local body = [[{"input":${REQUEST_BODY}}]]
request = function()
  turn = turn + 1
  headers["Authorization"] = tokens[(turn - 1) % #tokens + 1]
  return wrk.format("POST", "/a2a/tasks/send", headers, body)
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %f %f %f %d\\n", summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end`,
  );
  return script;
}

/** Until what was accepted before is done: a round starts with nothing to do. */
async function drained(engine: BenchEngine): Promise<void> {
  for (let before = -1; ; ) {
    const now = await engine.count();
    if (now === before) return;
    before = now;
    await new Promise((wake) => setTimeout(wake, 1_000));
  }
}
