import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import { residentMegabytes } from "../pinned.ts";
import { median } from "../statistics.ts";

const STARTS = 3;
const SETTLE_MS = 1_500;

/** What the gateway costs before anybody asks it anything. */
export interface Footprint {
  /** From the launcher's start to the first answer, milliseconds, the compile cache warm. */
  readonly readyMs: number;
  readonly idleMb: number;
}

export async function measureFootprint(setting: Setting): Promise<Footprint> {
  const ready: number[] = [];
  const idle: number[] = [];
  // The first start may build the bundle and fills the compile cache.
  for (let start = -1; start < STARTS; start += 1) {
    const { peer, readyMs } = await startAttach(setting);
    await new Promise((wake) => setTimeout(wake, SETTLE_MS));
    if (start >= 0) {
      ready.push(readyMs);
      idle.push(peer.pid === undefined ? Number.NaN : residentMegabytes(peer.pid));
    }
    await peer.stop();
  }
  return { readyMs: median(ready), idleMb: median(idle) };
}
