import type { Socket } from "node:net";

/** Something that a closed client connection ends. */
export interface HangUp {
  hangUp(): void;
}

const LIVE = Symbol("live exchanges");
type Watched = Socket & { [LIVE]?: Set<HangUp> };

/**
 * Tells `exchange` when its client's connection closes. One listener serves a connection for all its requests: pipelined
 * ones too, whose responses hold no socket yet and so would not hear of it.
 */
export function watch(socket: Socket, exchange: HangUp): void {
  const watched: Watched = socket;
  const live = watched[LIVE];
  if (live !== undefined) {
    live.add(exchange);
    return;
  }
  watched[LIVE] = new Set([exchange]);
  socket.once("close", tellAll);
}

export function unwatch(socket: Socket, exchange: HangUp): void {
  (socket as Watched)[LIVE]?.delete(exchange);
}

function tellAll(this: Watched): void {
  for (const exchange of this[LIVE] ?? []) exchange.hangUp();
}
