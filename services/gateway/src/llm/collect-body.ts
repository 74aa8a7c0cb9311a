import type { IncomingMessage } from "node:http";
import { ownerKey } from "../core/owner.ts";
import type { Framing } from "../proxy/framing.ts";
import { type HangUp, unwatch, watch } from "../proxy/hang-up.ts";

/** How gathering a body ended without one. */
export type Uncollected = "too large" | "too slow" | "no room" | "gone";

export interface CollectLimits {
  /** Bytes of one body. */
  readonly maxBytes: number;
  /** Bytes held for all bodies at once, those of calls that are still under way among them. */
  readonly maxHeld: number;
  /** The same for one owner: nobody fills the room of all. */
  readonly maxHeldByOne: number;
  /** How long a body may take to come whole once it has begun, in milliseconds. */
  readonly withinMs: number;
}

/** A body that is on its way, and whose it is. */
export interface Arriving {
  readonly incoming: IncomingMessage;
  /** Its length, as the head says. */
  readonly declared: Framing;
  readonly owner: { readonly iss: string; readonly sub: string };
}

export interface Collector {
  /** Gathers a body and hears how that went, once. @returns ends it early: "gone" */
  collect(arriving: Arriving, done: (body: Buffer | Uncollected) => void): () => void;
  /** Has this body to be given back with `release` when its call is over? */
  counts(body: Buffer): boolean;
  release(owner: Arriving["owner"], body: Buffer): void;
}

/** Less than this is not counted: the connections that an upstream is given bound it. */
const COUNTED_BYTES = 64 * 1024;

/**
 * Gathers whole bodies within bounds. What is given up is put back, for whoever reads on. Most bodies come in one piece behind
 * their head, so that no timer and one listener is all they cost.
 */
export function createCollector({ maxBytes, maxHeld, maxHeldByOne, withinMs }: CollectLimits): Collector {
  let held = 0;
  const byOwner = new Map<string, number>();

  /** @returns whether there is room for it */
  function hold(owner: Arriving["owner"], change: number): boolean {
    if (change === 0) return true;
    const key = ownerKey(owner);
    const his = (byOwner.get(key) ?? 0) + change;
    if (his > 0) byOwner.set(key, his);
    else byOwner.delete(key);
    held += change;
    return held <= maxHeld && his <= maxHeldByOne;
  }

  function collect({ incoming, declared, owner }: Arriving, done: (body: Buffer | Uncollected) => void) {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let kept = 0;
    let over = false;
    let deadline: NodeJS.Timeout | undefined;
    const client: HangUp = { hangUp: () => finish("gone") };

    function finish(outcome: Buffer | Uncollected): void {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      incoming.off("data", take);
      if (declared === "chunked") incoming.off("end", end);
      unwatch(incoming.socket, client);
      if (!Buffer.isBuffer(outcome)) {
        hold(owner, -kept);
        if (!incoming.destroyed) {
          incoming.pause();
          if (bytes > 0) incoming.unshift(Buffer.concat(pieces));
        }
      }
      done(outcome);
    }
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      bytes += piece.length;
      const hasRoom = keep(bytes === declared ? counted(bytes) : bytes);
      if (bytes > maxBytes) finish("too large");
      else if (!hasRoom) finish("no room");
      else if (bytes === declared) end();
      else deadline ??= setTimeout(() => finish("too slow"), withinMs);
    };
    /** Of a body that is still to come every byte counts: whoever lets many wait half sent fills the room too. */
    function keep(due: number): boolean {
      const change = due - kept;
      kept = due;
      return hold(owner, change);
    }
    const end = (): void => {
      keep(counted(bytes));
      finish(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces));
    };
    watch(incoming.socket, client);
    incoming.on("data", take);
    if (declared === "chunked") incoming.on("end", end);
    return () => finish("gone");
  }

  return {
    collect,
    counts: ({ length }) => counted(length) > 0,
    release: (owner, { length }) => void hold(owner, -counted(length)),
  };
}

const counted = (bytes: number): number => (bytes > COUNTED_BYTES ? bytes : 0);
