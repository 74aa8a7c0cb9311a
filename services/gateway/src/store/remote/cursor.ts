import type { PlacedEvent, WordTier } from "../../core/ports/memory.ts";

/**
 * Where a list goes on. `all`: what waits and what has arrived, side by side. While the backend is out, what waits alone
 * (`waiting`), and then what has arrived (`arrived`): so that nothing is left out unsaid. `ranked`: by relevance.
 */
export interface Place {
  readonly from: "all" | "waiting" | "arrived";
  readonly tier: WordTier;
  readonly place: number;
  /** Of several that share the place, those below. */
  readonly id: string;
}

export type Cursor = Place | { readonly from: "ranked"; readonly offset: number };

const LETTERS = { all: "m", waiting: "w", arrived: "r" } as const;
const FROM = { m: "all", w: "waiting", r: "arrived" } as const;
const TOP = Number.MAX_SAFE_INTEGER;

export const start = (from: Place["from"]): Place => ({ from, tier: "every", place: TOP, id: "~" });

/** A cursor is a place, not a key: one that is none opens the list at its start. */
export function readCursor(text: string | null): Cursor {
  const ranked = /^h(\d{1,6})$/.exec(text ?? "")?.[1];
  if (ranked !== undefined) return { from: "ranked", offset: Number(ranked) };
  const parts = /^([mwr])([ab])(-?\d{1,16})\.([0-9a-f-]{36}|~)$/.exec(text ?? "");
  if (parts === null) return start("all");
  const [, letter = "m", tier, place, id = "~"] = parts;
  return {
    from: FROM[letter as keyof typeof FROM],
    tier: tier === "a" ? "every" : "some",
    place: Math.min(Number(place), TOP),
    id,
  };
}

export function writeCursor(cursor: Cursor): string {
  if (cursor.from === "ranked") return `h${cursor.offset}`;
  return `${LETTERS[cursor.from]}${cursor.tier === "every" ? "a" : "b"}${cursor.place}.${cursor.id}`;
}

export const isBeyond = ({ place, event }: PlacedEvent, at: Place): boolean =>
  place < at.place || (place === at.place && event.id < at.id);

/** Newest first, each once: what has arrived stands for what still waits. */
export function merge(arrived: readonly PlacedEvent[], waiting: readonly PlacedEvent[]): PlacedEvent[] {
  const each = new Map([...waiting, ...arrived].map((placed) => [placed.event.id, placed]));
  return [...each.values()].sort((a, b) => b.place - a.place || (a.event.id < b.event.id ? 1 : -1));
}
