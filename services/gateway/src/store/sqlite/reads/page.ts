import { gt, lt, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Page } from "../../../core/ports/store.ts";

/** A page out of one row more than it holds, which says whether there is a next one. */
export function pageOf<T>(
  rows: readonly T[],
  { limit, cursorOf }: { readonly limit: number; cursorOf(item: T): string },
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** What comes after the cursor in a list that goes down by this column. The cursor is a value, so removed rows do not move it. */
export function before(column: SQLiteColumn, cursor: string | null): SQL | undefined {
  return cursor === null ? undefined : lt(column, cursor);
}

/** The same in a list that goes up. */
export function after(column: SQLiteColumn, cursor: string | null): SQL | undefined {
  return cursor === null ? undefined : gt(column, cursor);
}
