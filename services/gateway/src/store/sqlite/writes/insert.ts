import type { Owner } from "../../../core/owner.ts";
import type { Connection } from "../connect.ts";

/**
 * Writes are plain SQL: the writer's thread then does without the query builder, which costs more to load than all the rest
 * of it, and a statement costs half. The schema, and all that reads, is drizzle's.
 */
export function insertInto(db: Connection, table: string, { columns, conflict = "" }: InsertShape) {
  const names = columns.join(", ");
  const values = columns.map((column) => `@${column}`).join(", ");
  return db.prepare(`insert into ${table} (${names}) values (${values}) ${conflict}`);
}

interface InsertShape {
  readonly columns: readonly string[];
  /** What to do where the row is there: an `on conflict` clause. */
  readonly conflict?: string;
}

export const OWNER_COLUMNS = ["owner_iss", "owner_sub", "tenant"] as const;

/** The owner as its columns. */
export function ownerColumns({ iss, sub, tenant }: Owner) {
  return { owner_iss: iss, owner_sub: sub, tenant };
}

/** A list or an object as it stands in a column; `null` stays what it is. */
export function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
