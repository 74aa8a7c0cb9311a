import { resolve } from "node:path";
import { StoreError } from "../store-error.ts";

export const IN_MEMORY = ":memory:";

/**
 * The file that a `sqlite:` URL names, as an absolute path (so that SQLite never takes it for a URI of its own), or
 * `:memory:`. `sqlite:./a.db`, `sqlite:/var/a.db` and `sqlite:///var/a.db` are understood.
 * @throws StoreError where the URL names no file
 */
export function sqlitePath(databaseUrl: string): string {
  const path = databaseUrl.slice("sqlite:".length);
  if (path === IN_MEMORY) return IN_MEMORY;
  if (path.startsWith("///")) return resolve(path.slice(2));
  if (path === "" || path.startsWith("//") || path.includes("\0")) {
    throw new StoreError(
      `DATABASE_URL: ${JSON.stringify(databaseUrl)} names no file: write sqlite:./attach.db or sqlite:/var/lib/attach/attach.db`,
    );
  }
  return resolve(path);
}
