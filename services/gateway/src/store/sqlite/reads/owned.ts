import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Owner } from "../../../core/owner.ts";

interface OwnerColumns {
  readonly ownerIss: string;
  readonly ownerSub: string;
  readonly tenant: string | null;
}

/** A row with its owner's columns put together. */
export function withOwner<Row extends OwnerColumns>({
  ownerIss,
  ownerSub,
  tenant,
  ...row
}: Row): Omit<Row, keyof OwnerColumns> & { owner: Owner } {
  return { ...row, owner: { iss: ownerIss, sub: ownerSub, tenant } };
}

/** Rows of one owner, by all three of its parts; everybody's for `null`. */
export function ownedBy(
  table: Readonly<Record<keyof OwnerColumns, SQLiteColumn>>,
  owner: Owner | null,
): SQL | undefined {
  if (owner === null) return undefined;
  return and(
    eq(table.ownerIss, owner.iss),
    eq(table.ownerSub, owner.sub),
    owner.tenant === null ? isNull(table.tenant) : eq(table.tenant, owner.tenant),
  );
}
