import type { IncomingMessage } from "node:http";

/** How gathering a body ended without one. */
export type Uncollected = "too large" | "too slow" | "no room" | "gone";

export interface CollectLimits {
  /** Bytes of one body. */
  readonly maxBytes: number;
  /** Bytes held for all bodies at once. */
  readonly maxHeld: number;
  /** How long a body may take to come whole, in milliseconds. */
  readonly withinMs: number;
}

/** Gathers a body and hears how that went, once. @returns ends it early: "gone" */
export type CollectBody = (
  incoming: IncomingMessage,
  done: (body: Buffer | Uncollected) => void,
) => () => void;

/** Gathers whole bodies within bounds. What is given up is put back, for whoever reads on. */
export function createCollector({ maxBytes, maxHeld, withinMs }: CollectLimits): CollectBody {
  let held = 0;
  return (incoming, done) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let over = false;

    function finish(outcome: Buffer | Uncollected): void {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      incoming.off("data", take).off("end", end).off("close", gone).off("error", gone);
      held -= bytes;
      if (!Buffer.isBuffer(outcome) && !incoming.destroyed) {
        incoming.pause();
        if (bytes > 0) incoming.unshift(Buffer.concat(pieces));
      }
      done(outcome);
    }
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      bytes += piece.length;
      held += piece.length;
      if (bytes > maxBytes) finish("too large");
      else if (held > maxHeld) finish("no room");
    };
    const end = (): void => finish(Buffer.concat(pieces));
    const gone = (): void => finish("gone");
    const deadline = setTimeout(() => finish("too slow"), withinMs);
    incoming.on("data", take).on("end", end).on("close", gone).on("error", gone);
    return gone;
  };
}
