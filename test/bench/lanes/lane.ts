import type { BenchEngine } from "../engine.ts";
import type { Loader, LoadResult } from "../load.ts";
import type { Peer, RunningPeer, Setting } from "../peers/peer.ts";
import { cpuMicroseconds, residentMegabytes } from "../pinned.ts";

/** One peer over all rounds of a lane. */
export interface Row {
  readonly peer: Peer;
  readonly rounds: LoadResult[];
  /** Processor time of the peer for one request, by round, in microseconds: what a busy machine disturbs least. */
  readonly cpu: number[];
  /** Requests that reached the engine. */
  reached: number;
  /** After the load. */
  residentMb: number | undefined;
}

export interface LaneOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly kind: "json" | "stream";
}

/**
 * Runs every peer in turn, round after round, so that what else the machine does falls on all of them; the first peer's figure
 * of a round is what the others' of that round are compared with.
 */
export async function runLane(
  peers: readonly Peer[],
  setting: Setting,
  { engine, loader, options }: { engine: BenchEngine; loader: Loader; options: LaneOptions },
): Promise<Row[]> {
  const started: RunningPeer[] = [];
  try {
    for (const peer of peers) started.push(await peer.start({ ...setting, engine: engine.url }));
    const rows: Row[] = peers.map((peer) => ({
      peer,
      rounds: [],
      cpu: [],
      reached: 0,
      residentMb: undefined,
    }));
    for (let round = -1; round < options.rounds; round += 1) {
      for (const [index, row] of rows.entries()) {
        const at = started[index];
        if (at === undefined) continue;
        const before = await engine.count();
        const busy = cpuOf(at);
        const load = { ...options, url: at.url, headers: at.headers };
        const result = await loader[options.kind](load);
        // Round -1 warms up: code is compiled, tokens are verified for the first time.
        if (round === -1) continue;
        const reached = (await engine.count()) - before;
        row.rounds.push(result);
        row.cpu.push((cpuOf(at) - busy) / reached);
        row.reached += reached;
        process.stderr.write(
          `${options.kind} c${options.connections} ${row.peer.name}: ${result.perSecond.toFixed(0)}/s p50 ${result.p50.toFixed(2)} p99 ${result.p99.toFixed(2)} errors ${result.errors}\n`,
        );
      }
    }
    for (const [index, row] of rows.entries()) row.residentMb = residentOf(started[index]);
    return rows;
  } finally {
    await Promise.all(started.map((peer) => peer.stop()));
  }
}

function cpuOf(peer: RunningPeer): number {
  return peer.pid === undefined ? Number.NaN : cpuMicroseconds(peer.pid);
}

function residentOf(peer: RunningPeer | undefined): number | undefined {
  return peer?.pid === undefined ? undefined : residentMegabytes(peer.pid);
}
