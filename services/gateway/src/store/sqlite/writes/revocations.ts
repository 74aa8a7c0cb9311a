import type { RevocationRecord } from "../../../core/ports/revocations.ts";
import type { Connection } from "../connect.ts";
import { insertInto } from "./insert.ts";

export function revocationWrites(db: Connection) {
  const last = db
    .prepare<[string, string], number | null>("select max(at) from revocations where kind = ? and value = ?")
    .pluck();
  const insert = insertInto(db, "revocations", { columns: ["kind", "value", "at", "until"] });
  return {
    /** Whether a record says already all that this one would. */
    covers({ kind, value, at }: RevocationRecord): boolean {
      const standing = last.get(kind, value) ?? null;
      // A token or delegation dies once, and nothing is issued there afterwards. An epoch is raised by a later one.
      return standing !== null && (kind === "jti" || kind === "dlg" || standing >= at);
    },
    insert: (record: RevocationRecord) => void insert.run(record),
  };
}
