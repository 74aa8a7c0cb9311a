import type { Socket } from "node:net";

/** Something that a closed client connection ends. */
export interface HangUp {
  hangUp(): void;
}

const LIVE = Symbol("live exchanges");
/** An array, for the reason that `live-exchanges.ts` gives; most connections hold one. */
type Watched = Socket & { [LIVE]?: HangUp[] };

/**
 * Tells `exchange` when its client's connection closes. One listener serves a connection for all its requests: pipelined
 * ones too, whose responses hold no socket yet and so would not hear of it.
 */
export function watch(socket: Socket, exchange: HangUp): void {
  const watched: Watched = socket;
  const live = watched[LIVE];
  if (live !== undefined) {
    live.push(exchange);
    return;
  }
  watched[LIVE] = [exchange];
  socket.once("close", tellAll);
}

export function unwatch(socket: Socket, exchange: HangUp): void {
  const live = (socket as Watched)[LIVE];
  const at = live?.indexOf(exchange) ?? -1;
  if (at !== -1) live?.splice(at, 1);
}

function tellAll(this: Watched): void {
  for (const exchange of [...(this[LIVE] ?? [])]) exchange.hangUp();
}
