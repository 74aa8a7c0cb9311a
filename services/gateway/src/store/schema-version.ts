import { existsSync } from "node:fs";
import { connectReadOnly } from "./sqlite/connect.ts";
import { IN_MEMORY, sqlitePath } from "./sqlite/location.ts";

/** Which version of the schema a database has; 0 where there is none yet. Reads only, and judges nothing. */
export function schemaVersion(databaseUrl: string): number {
  const path = sqlitePath(databaseUrl);
  if (path === IN_MEMORY || !existsSync(path)) return 0;
  const db = connectReadOnly(path);
  try {
    return Number(db.pragma("user_version", { simple: true }));
  } finally {
    db.close();
  }
}
