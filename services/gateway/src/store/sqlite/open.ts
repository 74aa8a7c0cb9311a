import type { Store } from "../../core/ports/store.ts";
import { StoreError } from "../store-error.ts";
import { type Connection, configure, connect, messageOf } from "./connect.ts";
import { inThreadStore } from "./in-thread.ts";
import { IN_MEMORY, sqlitePath } from "./location.ts";
import { checkSchema, migrate } from "./migrate.ts";
import { threadedStore } from "./threaded.ts";

/**
 * The embedded store: one file, made on first use.
 * @throws StoreError
 */
export async function openSqlite(databaseUrl: string): Promise<Store> {
  const path = sqlitePath(databaseUrl);
  const db = connect(path);
  try {
    checkSchema(db);
    await configure(db);
    migrate(db);
    if (path === IN_MEMORY) return inThreadStore(db);
    db.close();
    return await threadedStore(path);
  } catch (cause) {
    db.close();
    throw cause instanceof StoreError ? cause : unusable(db, cause);
  }
}

function unusable(db: Connection, cause: unknown): StoreError {
  return new StoreError(`the database ${db.name} cannot be used: ${messageOf(cause)}`, { cause });
}
