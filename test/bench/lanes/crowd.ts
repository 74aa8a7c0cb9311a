import type { BenchEngine } from "../engine.ts";
import type { Loader, LoadResult } from "../load.ts";
import type { Peer, Setting } from "../peers/peer.ts";
import { cpuMicroseconds, peakMegabytes, residentMegabytes } from "../pinned.ts";

const SECONDS = 6;
/** Until memory is looked at again. */
const REST_MS = 5_000;

/** A peer under so many streams at once. `NaN` where nothing runs. */
export interface CrowdRow {
  readonly peer: Peer;
  readonly streams: number;
  readonly load: LoadResult;
  /** Of the peer's core, in percent. */
  readonly busy: number;
  readonly beforeMb: number;
  readonly peakMb: number;
  readonly afterMb: number;
}

/** One peer of its own, so that its peak is this crowd's. */
export async function measureCrowd(
  peer: Peer,
  setting: Setting,
  { engine, loader, streams }: { engine: BenchEngine; loader: Loader; streams: number },
): Promise<CrowdRow> {
  const at = await peer.start({ ...setting, engine: engine.url });
  const read = (figure: (pid: number) => number) => (at.pid === undefined ? Number.NaN : figure(at.pid));
  try {
    const ask = { url: at.url, headers: at.headers };
    // Warms up: code is compiled, and what a process grows by once is not the streams' doing.
    await loader.stream({ ...ask, connections: 8, seconds: 2 });
    const beforeMb = read(residentMegabytes);
    const spent = read(cpuMicroseconds);
    const began = performance.now();
    const load = await loader.stream({ ...ask, connections: streams, seconds: SECONDS });
    const busy = (read(cpuMicroseconds) - spent) / (performance.now() - began) / 10;
    const peakMb = read(peakMegabytes);
    await new Promise((wake) => setTimeout(wake, REST_MS));
    return { peer, streams, load, busy, beforeMb, peakMb, afterMb: read(residentMegabytes) };
  } finally {
    await at.stop();
  }
}
