import type { Client } from "undici";
import type { Connection } from "../connections.ts";
import { AfterPoll } from "./after-poll.ts";
import { FastConnection } from "./connection.ts";
import type { Lane, LaneTimeouts } from "./lane.ts";
import { Ticks } from "./ticks.ts";

const READ_BYTES = 64 * 1024;

export interface FastLaneOptions {
  /** `http://` only. */
  readonly url: URL;
  readonly timeouts: LaneTimeouts;
  readonly maxHeadBytes: number;
  readonly openSpare: () => Client;
}

/** Our own lane to one engine (docs/decisions/0007-the-fast-lane.md). @returns makes a connection, which opens when it is used */
export function fastLane({ url, timeouts, maxHeadBytes, openSpare }: FastLaneOptions): () => Connection {
  const all: FastConnection[] = [];
  const shortest = Math.min(...Object.values(timeouts));
  const lane: Lane = {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 80),
    host: url.host,
    timeouts,
    maxHeadBytes,
    ticks: new Ticks(all, shortest),
    afterPoll: new AfterPoll(),
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    openSpare,
  };
  return () => {
    const made = new FastConnection(lane);
    all.push(made);
    return made;
  };
}
