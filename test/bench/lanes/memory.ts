import { readdirSync, readFileSync } from "node:fs";
import type { BenchEngine } from "../engine.ts";
import type { Loader, LoadResult } from "../load.ts";
import { startAttach } from "../peers/attach.ts";
import type { RunningPeer, Setting } from "../peers/peer.ts";
import { median } from "../statistics.ts";

/** The relay with and without the mirror, everything on one core. */
export interface MemoryRow {
  readonly name: string;
  readonly perSecond: number;
  readonly p99: number;
  /** Processor time a request, in microseconds: of the thread that relays, and of all of them. */
  readonly relaying: number;
  readonly all: number;
  readonly errors: number;
}

const KINDS = [
  { name: "memory off", env: { MEM_BACKEND: "none" } },
  { name: "prompts and answers remembered", env: { MEM_BACKEND: "sqlite", MEM_SPOOL_MAX: "8GiB" } },
];

/** Rounds side by side; the mirror's price is the difference within a round. Needs `wrk`, or uses our own load. */
export async function measureMemory(
  setting: Setting,
  {
    engine,
    loader,
    rounds,
    seconds,
    connections,
  }: {
    readonly engine: BenchEngine;
    readonly loader: Loader;
    readonly rounds: number;
    readonly seconds: number;
    readonly connections: number;
  },
): Promise<MemoryRow[]> {
  const peers: RunningPeer[] = [];
  try {
    for (const { env } of KINDS) {
      const { peer } = await startAttach({ ...setting, engine: engine.url }, { AUDIT_CALLS: "off", ...env });
      peers.push(peer);
    }
    const rows = KINDS.map(({ name }) => ({
      name,
      rounds: [] as (LoadResult & { relaying: number; all: number })[],
    }));
    for (let round = -1; round < rounds; round += 1) {
      for (const [index, row] of rows.entries()) {
        const peer = peers[index];
        if (peer?.pid === undefined) continue;
        const before = { reached: await engine.count(), ...cpuOf(peer.pid) };
        const result = await loader.json({ url: peer.url, headers: peer.headers, seconds, connections });
        const after = { reached: await engine.count(), ...cpuOf(peer.pid) };
        const reached = after.reached - before.reached;
        const relaying = (after.relaying - before.relaying) / reached;
        const all = (after.all - before.all) / reached;
        process.stderr.write(
          `memory ${row.name}: ${result.perSecond.toFixed(0)}/s ${relaying.toFixed(1)} / ${all.toFixed(1)} µs\n`,
        );
        if (round >= 0) row.rounds.push({ ...result, relaying, all });
      }
    }
    return rows.map(({ name, rounds: measured }) => ({
      name,
      perSecond: median(measured.map((one) => one.perSecond)),
      p99: median(measured.map((one) => one.p99)),
      relaying: median(measured.map((one) => one.relaying)),
      all: median(measured.map((one) => one.all)),
      errors: measured.reduce((sum, one) => sum + one.errors, 0),
    }));
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

/** By thread, in microseconds. The launcher may have started the gateway as its child. */
function cpuOf(pid: number): { relaying: number; all: number } {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  const [child] = children;
  if (child !== undefined) return cpuOf(Number(child));
  let all = 0;
  let relaying = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const fields = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const used = (Number(fields[11]) + Number(fields[12])) * 10_000;
    all += used;
    if (Number(task) === pid) relaying = used;
  }
  return { relaying, all };
}
