import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import type { Connection } from "./connect.ts";

/** Typed queries over a connection. Everything is prepared once, at opening. */
export type Drizzle = BetterSQLite3Database;

export function queries(db: Connection): Drizzle {
  return drizzle({ client: db });
}
