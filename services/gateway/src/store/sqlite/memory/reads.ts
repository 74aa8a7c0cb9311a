import type {
  MemoryEvent,
  MemoryQuestion,
  MemoryView,
  PlacedEvent,
  SliceQuestion,
} from "../../../core/ports/memory.ts";
import type { Page } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";
import { ownerColumns } from "../writes/insert.ts";
import { isWithin, keysWanted } from "./keys.ts";
import { matching, termsOf } from "./match.ts";
import { chainOf, eventOf, MEMORY_COLUMNS, type MemoryRow } from "./rows.ts";
import { firstSeq } from "./seq.ts";

type Tier = "every" | "some";
interface Place {
  readonly tier: Tier;
  readonly before: number;
}

const OWNED = "owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant";
const ALL = MEMORY_COLUMNS.join(", ");
const START = Number.MAX_SAFE_INTEGER;

/** Reads on a connection of their own. Every statement names the owner by all three parts, whatever the index found. */
export function memoryReads(db: Connection) {
  const find = db.prepare<unknown[], MemoryRow>(
    `select ${ALL} from memory_events where id = @id and ${OWNED}`,
  );
  const everything = db.prepare<unknown[], MemoryRow>(
    `select ${ALL} from memory_events where ${OWNED} and seq < @before and seq >= @after order by seq desc limit @limit`,
  );
  // `cross join`: the index first, and its few rows then; else all rows of an owner are gone through.
  const found = db.prepare<unknown[], MemoryRow>(
    `select ${ALL} from (
        select rowid as place from memory_words
        where memory_words match @expression and rowid < @before and rowid >= @after order by rowid desc limit @limit)
      cross join memory_events on seq = place where ${OWNED} order by seq desc`,
  );
  const erased = db
    .prepare<unknown[], number>(
      "select at from memory_erasures where owner_iss = @owner_iss and owner_sub = @owner_sub and tenant = coalesce(@tenant, '')",
    )
    .pluck();

  /** What an owner had forgotten is not there, though its rows may still be. */
  function forgotten(view: MemoryView): number {
    const at = erased.get(ownerColumns(view.owner));
    return at === undefined ? Number.MIN_SAFE_INTEGER : firstSeq(at + 1);
  }

  function slice(view: MemoryView, terms: readonly string[], place: Place & { limit: number }) {
    const { tier, before, limit } = place;
    // As integers: a large number would be bound as a real one, and the index looks at no such bound.
    const range = { before: BigInt(before), after: BigInt(forgotten(view)) };
    const bounds = { ...ownerColumns(view.owner), ...range, limit };
    if (view.within === null && terms.length === 0) return everything.all(bounds);
    return found.all({ ...bounds, expression: matching(keysWanted(view), terms, tier) });
  }

  return {
    find(view: MemoryView, id: string): MemoryEvent | undefined {
      const row = find.get({ ...ownerColumns(view.owner), id });
      return row !== undefined && row.seq >= forgotten(view) && isSeen(row, view) ? eventOf(row) : undefined;
    },
    erasedBelow: (owner: MemoryView["owner"]): number => forgotten({ owner, within: null }),
    /** One tier of what there is, with the places: for whoever lays it beside what is elsewhere. */
    slice({ view, words, tier, upTo, limit }: SliceQuestion): readonly PlacedEvent[] {
      const terms = words === null ? [] : termsOf(words);
      if (words !== null && terms.length === 0) return [];
      return slice(view, terms, { tier, before: Math.min(upTo + 1, START), limit })
        .filter((row) => isSeen(row, view))
        .map((row) => ({ place: row.seq, event: eventOf(row) }));
    },
    list({ view, words, cursor, limit }: MemoryQuestion): Page<MemoryEvent> {
      const terms = words === null ? [] : termsOf(words);
      // Words that hold nothing to look for are found nowhere, not everywhere.
      if (words !== null && terms.length === 0) return { items: [], next: null };
      const start = readCursor(cursor);
      const rows: { row: MemoryRow; tier: Tier }[] = [];
      for (const tier of tiersFrom(start, terms)) {
        const before = tier === start.tier ? start.before : START;
        const wanted = limit + 1 - rows.length;
        for (const row of slice(view, terms, { tier, before, limit: wanted })) rows.push({ row, tier });
        if (rows.length > limit) break;
      }
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const next =
        rows.length > limit && last !== undefined
          ? `${last.tier === "every" ? "a" : "b"}${last.row.seq}`
          : null;
      return { items: shown.filter(({ row }) => isSeen(row, view)).map(({ row }) => eventOf(row)), next };
    },
  };
}

function tiersFrom({ tier }: Place, terms: readonly string[]): readonly Tier[] {
  if (terms.length < 2) return ["every"];
  return tier === "every" ? ["every", "some"] : ["some"];
}

/** A cursor is a place, not a key: what it opens is what the view holds beyond it. */
function readCursor(cursor: string | null): Place {
  const [, letter, seq] = /^([ab])(-?\d{1,16})$/.exec(cursor ?? "") ?? [];
  if (letter === undefined) return { tier: "every", before: START };
  return { tier: letter === "a" ? "every" : "some", before: Number(seq) };
}

function isSeen(row: MemoryRow, view: MemoryView): boolean {
  return isWithin(view, { chain: chainOf(row), root: row.root });
}
