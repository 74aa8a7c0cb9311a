import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AUDIT_CHAIN_START, auditRowHash } from "../../core/audit-row.ts";
import { anEvent, BOB } from "../contract/fixtures.ts";
import { openStore } from "../open.ts";
import { connect } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.gen.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-migrate-"));
  path = join(folder, "attach.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database as the program of schema version 1 left it: the user stood in the chain itself. */
function makeFirstVersion(): void {
  const db = connect(path);
  migrate(db, MIGRATIONS.slice(0, 1));
  db.exec(`insert into signing_keys (kid, alg, status, public_jwk, sealed_private_key, created_at)
    values ('k1', 'ES256', 'active', '{}', 'sealed', 5)`);
  let prev = AUDIT_CHAIN_START;
  const insert = db.prepare(
    `insert into audit_events (seq, v, time, action, decision, user_iss, user_sub, chain, jti, root, sid, resource, request_id, prev, hash)
     values (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const [index, user] of [{ iss: BOB.iss, sub: BOB.sub }, null].entries()) {
    const event = anEvent("token.issue", { user });
    const { time, action, decision, chain, jti, root, session, resource, requestId } = event;
    const hash = auditRowHash({ ...event, seq: index + 1, v: 1, commitment: null, prev });
    const person = [user?.iss ?? null, user?.sub ?? null];
    const rest = [JSON.stringify(chain), jti, root, session, resource, requestId, prev, hash];
    insert.run(index + 1, time, action, decision, ...person, ...rest);
    prev = hash;
  }
  db.close();
}

test("O11: a database of the first version is brought up to date, and its audit chain goes on unbroken", async () => {
  makeFirstVersion();
  const store = await openStore(`sqlite:${path}`);
  await store.trail.append([anEvent()]);
  const entries = await store.trail.read({ limit: 10 });
  expect(entries.map(({ v, user }) => [v, user?.sub])).toEqual([
    [1, "bob"],
    [1, undefined],
    [2, "alice"],
  ]);
  let prev = AUDIT_CHAIN_START;
  for (const entry of entries) {
    expect(entry.prev).toBe(prev);
    expect(auditRowHash(entry)).toBe(entry.hash);
    prev = entry.hash;
  }
  // Their hash covers the user as such: erasing them would break the chain, so they stay.
  expect(await store.trail.erase(BOB, anEvent("audit.erase", { user: null }))).toBe(0);
  expect(await store.loadSigningKeys()).toMatchObject([{ kid: "k1", createdAt: 5, changedAt: 5 }]);
  await store.close();
});
