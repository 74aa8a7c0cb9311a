import { asc, gt, gte, sql } from "drizzle-orm";
import type { RevocationRecord } from "../../../core/ports/revocations.ts";
import type { Drizzle } from "../drizzle.ts";
import { revocations } from "../schema/tokens.ts";

const RECORD = {
  kind: revocations.kind,
  value: revocations.value,
  at: revocations.at,
  until: revocations.until,
};

export function revocationReads(db: Drizzle) {
  const live = db
    .select(RECORD)
    .from(revocations)
    .where(gte(revocations.until, sql.placeholder("now")))
    .orderBy(asc(revocations.seq))
    .prepare();
  const since = db
    .select({ seq: revocations.seq, ...RECORD })
    .from(revocations)
    .where(gt(revocations.seq, sql.placeholder("seq")))
    .orderBy(asc(revocations.seq))
    .prepare();
  return {
    /** Those that may still matter, in the order they were made. */
    live: (now: number): readonly RevocationRecord[] => live.all({ now }),
    /** Writes come one after another, so a number that is seen has none missing before it. */
    since(seq: number): { seq: number; records: readonly RevocationRecord[] } {
      const rows = since.all({ seq });
      return { seq: rows.at(-1)?.seq ?? seq, records: rows.map(({ seq: _, ...record }) => record) };
    },
  };
}
