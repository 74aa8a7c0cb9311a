import type { Store } from "../core/ports/store.ts";
import { openSqlite } from "./sqlite/open.ts";
import { StoreError } from "./store-error.ts";

/**
 * Opens the store that `DATABASE_URL` names, made and migrated where needed.
 * @param databaseUrl `sqlite:` and a path, or `sqlite::memory:` for a store that ends with the process
 * @throws StoreError where it cannot be used: unknown kind, newer schema, not a database of ours, no permission
 */
export async function openStore(databaseUrl: string): Promise<Store> {
  if (databaseUrl.startsWith("sqlite:")) return openSqlite(databaseUrl);
  const kind = databaseUrl.split(":", 1)[0] ?? "";
  throw new StoreError(`DATABASE_URL: this version knows sqlite:<path> only, not ${JSON.stringify(kind)}`);
}
