import type { Page, PageQuestion } from "../../core/ports/store.ts";
import { listedOwner, type Manager } from "./manager.ts";
import type { PageQuery } from "./schema.ts";

const USUAL_PAGE = 50;

/** What of a list is asked for, and whose. */
export function pageQuestion({ limit, cursor }: PageQuery, manager: Manager): PageQuestion {
  return {
    owner: listedOwner(manager),
    cursor: cursor ?? null,
    limit: limit === undefined ? USUAL_PAGE : Number(limit),
  };
}

/** Lists are `{items, next}` (CONTRACT §3). */
export function showPage<T, S>({ items, next }: Page<T>, show: (item: T) => S) {
  return { items: items.map(show), next };
}

export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
