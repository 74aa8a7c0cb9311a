import type { Collection, FilterValue } from "weaviate-client";
import type { MemoryView, WordTier } from "../../core/ports/memory.ts";
import { telling } from "../telling-words.ts";
import { agentKey, rootKey } from "./objects.ts";

export interface FilterBuilders {
  readonly all: (...filters: FilterValue[]) => FilterValue;
  readonly any: (...filters: FilterValue[]) => FilterValue;
  readonly not: (filter: FilterValue) => FilterValue;
}

/** Words of a search that count, as in SQLite (`sqlite/memory/match.ts`). What is no letter, digit or mark only parts words. */
export function wordsOf(text: string): readonly string[] {
  const found = text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const words = found.map((word) => word.slice(0, 64).toLowerCase().toWellFormed());
  const each = [...new Set(words)].filter((word) => /[\p{L}\p{N}]/u.test(word));
  return telling(each).slice(0, 16);
}

/** Places from one to another, both included. */
export function between(collection: Collection, from: number, upTo: number): FilterValue[] {
  const place = collection.filter.byProperty("place");
  return [
    ...(upTo < Number.MAX_SAFE_INTEGER ? [place.lessOrEqual(upTo)] : []),
    ...(from > Number.MIN_SAFE_INTEGER ? [place.greaterOrEqual(from)] : []),
  ];
}

/** What a view holds; `null`: nothing at all. */
export function within(
  collection: Collection,
  { within: parts }: MemoryView,
  { all, any }: FilterBuilders,
): FilterValue[] | null {
  if (parts === null) return [];
  if (parts.length === 0) return null;
  const each = parts.map(({ agent, root }) =>
    all(
      ...(agent === null ? [] : [collection.filter.byProperty("agentKey").equal(agentKey(agent))]),
      ...(root === null ? [] : [collection.filter.byProperty("rootKey").equal(rootKey(root))]),
    ),
  );
  return [any(...each)];
}

export function holding(
  collection: Collection,
  words: readonly string[],
  { tier, build }: { readonly tier: WordTier; readonly build: FilterBuilders },
): FilterValue[] {
  const text = collection.filter.byProperty("text");
  const every = text.containsAll([...words]);
  return tier === "every" ? [every] : [text.containsAny([...words]), build.not(every)];
}
