import { and, asc, eq, gte, sql } from "drizzle-orm";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type { Drizzle } from "./drizzle.ts";
import { revocations } from "./schema.ts";

export interface RevocationTable {
  /** Whether a record says already all that this one would. */
  covers(record: RevocationRecord): boolean;
  insert(record: RevocationRecord): void;
  /** Those that may still matter, in the order they were made. */
  live(now: number): readonly RevocationRecord[];
}

const RECORD = {
  kind: revocations.kind,
  value: revocations.value,
  at: revocations.at,
  until: revocations.until,
};

export function revocationTable(db: Drizzle): RevocationTable {
  const standing = db
    .select(RECORD)
    .from(revocations)
    .where(
      and(eq(revocations.kind, sql.placeholder("kind")), eq(revocations.value, sql.placeholder("value"))),
    )
    .prepare();
  const insert = db
    .insert(revocations)
    .values({
      kind: sql.placeholder("kind"),
      value: sql.placeholder("value"),
      at: sql.placeholder("at"),
      until: sql.placeholder("until"),
    })
    .prepare();
  const live = db
    .select(RECORD)
    .from(revocations)
    .where(gte(revocations.until, sql.placeholder("now")))
    .orderBy(asc(revocations.seq))
    .prepare();
  return {
    covers({ kind, value, at }) {
      // A token or delegation dies once, and nothing is issued there afterwards. An epoch is raised by a later one.
      const isFinal = kind === "jti" || kind === "dlg";
      return standing.all({ kind, value }).some((record) => isFinal || record.at >= at);
    },
    insert: (record) => void insert.run({ ...record }),
    live: (now) => live.all({ now }),
  };
}
