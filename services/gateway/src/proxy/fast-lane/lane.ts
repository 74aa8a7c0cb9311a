import type { Client } from "undici";
import type { AfterPoll } from "./after-poll.ts";
import type { Ticks } from "./ticks.ts";

/** What all connections to one engine share. */
export interface Lane {
  readonly hostname: string;
  readonly port: number;
  /** For the `Host` header. */
  readonly host: string;
  readonly timeouts: LaneTimeouts;
  readonly maxHeadBytes: number;
  readonly ticks: Ticks;
  readonly afterPoll: AfterPoll;
  /** Every socket reads into it: what is kept is copied before the next read. */
  readonly buffer: Buffer;
  /** undici's, for bodies that are streamed. */
  readonly openSpare: () => Client;
}

/** All in milliseconds. */
export interface LaneTimeouts {
  readonly connect: number;
  readonly firstByte: number;
  readonly idle: number;
  readonly keepAlive: number;
}
