import type { Cards } from "../card/cards.ts";
import type { A2aOptions } from "../options.ts";
import type { Ownership } from "../ownership.ts";
import type { PushRelay } from "../push/relay.ts";

/** What relayed calls share. */
export interface RelayTools extends A2aOptions {
  readonly cards: Cards;
  readonly ownership: Ownership;
  readonly pushes: PushRelay;
}
