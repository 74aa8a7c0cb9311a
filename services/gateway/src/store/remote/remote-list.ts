import type { MemoryEvent, MemoryOutbox, MemoryQuestion, PlacedEvent } from "../../core/ports/memory.ts";
import type { Page } from "../../core/ports/store.ts";
import { isBeyond, merge, type Place, readCursor, start, writeCursor } from "./cursor.ts";
import { type RemoteMemory, RemoteUnavailable } from "./remote.ts";

/** Answers by relevance end here: beyond, the best is far. */
const MOST_RANKED = 200;

type Lists = (question: MemoryQuestion) => Promise<Page<MemoryEvent>>;

/** Lists of what waits and what has arrived, as one. What waits is read first: what moves in between is then seen twice, not never. */
export function remoteList(
  outbox: Pick<MemoryOutbox, "slice" | "erasedBelow">,
  remote: Pick<RemoteMemory, "slice" | "nearest" | "hasMeaning">,
  isHidden: (id: string) => boolean,
): Lists {
  const shown = (events: readonly PlacedEvent[]) => events.filter(({ event }) => !isHidden(event.id));

  async function ordered(question: MemoryQuestion, at: Place): Promise<Page<MemoryEvent>> {
    const { view, words, limit } = question;
    const from = await outbox.erasedBelow(view.owner);
    const items: { placed: PlacedEvent; tier: Place["tier"] }[] = [];
    for (const tier of tiersFrom(at, words)) {
      const here = tier === at.tier ? at : { ...start(at.from), tier };
      // One more than what fills the page tells whether there is more, another is the place itself.
      const asked = { view, words, tier, upTo: here.place, limit: limit + 2 - items.length };
      const waiting = at.from === "arrived" ? [] : await outbox.slice(asked);
      const arrived = at.from === "waiting" ? [] : shown(await remote.slice(asked, from));
      for (const placed of merge(arrived, waiting))
        if (isBeyond(placed, here) && items.length <= limit) items.push({ placed, tier });
      if (items.length > limit) break;
    }
    const page = items.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ placed }) => placed.event),
      next: items.length > limit && last !== undefined ? nextOf(at, last) : null,
    };
  }

  /** While the backend is out: what waits, and a cursor to the rest. */
  async function waitingOnly(question: MemoryQuestion, at: Place, cause: unknown) {
    const page = await ordered(question, at);
    if (page.items.length === 0 && question.cursor === null) throw cause;
    return { items: page.items, next: page.next ?? writeCursor(start("arrived")) };
  }

  /** What waits has no vector yet: those that hold words come first, the rest by relevance. */
  async function ranked(question: MemoryQuestion & { words: string }, offset: number | Place) {
    const { view, words, limit } = question;
    let items: readonly MemoryEvent[] = [];
    if (typeof offset !== "number") {
      const page = await ordered(question, { ...offset, from: "waiting" });
      if (page.next !== null) return page;
      items = page.items;
    }
    const from = await outbox.erasedBelow(view.owner);
    const skipped = typeof offset === "number" ? offset : 0;
    const wanted = Math.min(limit - items.length, MOST_RANKED - skipped);
    if (wanted <= 0) return { items, next: skipped < MOST_RANKED ? `h${skipped}` : null };
    try {
      const found = await remote.nearest({ view, words, offset: skipped, limit: wanted }, from);
      const ids = new Set(items.map(({ id }) => id));
      const fresh = shown(found).filter(({ event }) => !ids.has(event.id));
      const next = found.length === wanted && skipped + wanted < MOST_RANKED ? `h${skipped + wanted}` : null;
      return { items: [...items, ...fresh.map(({ event }) => event)], next };
    } catch (error) {
      if (!(error instanceof RemoteUnavailable) || items.length === 0) throw error;
      return { items, next: `h${skipped}` };
    }
  }

  return async (question) => {
    const at = readCursor(question.cursor);
    const { words } = question;
    if (words !== null && remote.hasMeaning)
      return ranked({ ...question, words }, at.from === "ranked" ? at.offset : at);
    const place = at.from === "ranked" ? start("all") : at;
    if (place.from === "waiting") return waitingOnly(question, place, undefined);
    try {
      return await ordered(question, place);
    } catch (error) {
      // Amidst a list it is told: the same cursor goes on later.
      if (!(error instanceof RemoteUnavailable) || question.cursor !== null) throw error;
      return waitingOnly(question, start("waiting"), error);
    }
  };
}

function tiersFrom({ tier }: Place, words: string | null): readonly Place["tier"][] {
  if (tier === "some") return ["some"];
  return words === null ? ["every"] : ["every", "some"];
}

const nextOf = ({ from }: Place, { placed, tier }: { placed: PlacedEvent; tier: Place["tier"] }): string =>
  writeCursor({ from, tier, place: placed.place, id: placed.event.id });
