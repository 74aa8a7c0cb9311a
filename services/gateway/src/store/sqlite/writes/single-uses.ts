import type { SingleUse } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";

export function singleUseWrites(db: Connection) {
  const insert = db.prepare(
    "insert into single_uses (issuer, jti, expires_at) values (?, ?, ?) on conflict do nothing",
  );
  return {
    /** @returns false when it was used before */
    consume: ({ issuer, jti, expiresAt }: SingleUse): boolean =>
      insert.run(issuer, jti, expiresAt).changes > 0,
  };
}
