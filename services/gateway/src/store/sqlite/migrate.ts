import { StoreError } from "../store-error.ts";
import type { Connection } from "./connect.ts";
import { MIGRATIONS } from "./migrations.gen.ts";

/** Says that a file is a database of this program ("ATCH"), so that nobody else's is ever written to. */
const APPLICATION_ID = 0x41544348;

/**
 * Refuses a database that this program must not touch. Reads only.
 * @throws StoreError
 */
export function checkSchema(db: Connection, migrations = MIGRATIONS): void {
  const { version, applicationId, tables } = readSchema(db);
  const isOurs = applicationId === APPLICATION_ID || (applicationId === 0 && tables === 0);
  if (!isOurs) {
    throw new StoreError(`${db.name} is a database of another program: name another file in DATABASE_URL`);
  }
  if (version > migrations.length) {
    throw new StoreError(
      `${db.name} has schema version ${version}, and this program knows versions up to ${migrations.length}: ` +
        "it was last used by a newer attach-gateway. Run that version or a later one, or name another file in DATABASE_URL",
    );
  }
}

/**
 * Brings the schema to this program's version, all or nothing, under the write lock: of several processes that start at
 * once one migrates and the others find it done.
 * @throws StoreError as `checkSchema`, judged again inside the lock
 */
export function migrate(db: Connection, migrations = MIGRATIONS): void {
  db.transaction(() => {
    checkSchema(db, migrations);
    const { version } = readSchema(db);
    if (version === migrations.length) return;
    for (const { statements } of migrations.slice(version)) {
      for (const statement of statements) db.exec(statement);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function readSchema(db: Connection) {
  return {
    version: Number(db.pragma("user_version", { simple: true })),
    applicationId: Number(db.pragma("application_id", { simple: true })),
    tables: Number(db.prepare("select count(*) from sqlite_schema").pluck().get()),
  };
}
