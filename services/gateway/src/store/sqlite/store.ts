import { statSync } from "node:fs";
import type { Store } from "../../core/ports/store.ts";
import { StoreError } from "../store-error.ts";
import { auditTrail } from "./audit-trail.ts";
import type { Connection } from "./connect.ts";
import { delegationTable } from "./delegations.ts";
import { queries } from "./drizzle.ts";
import { factTable } from "./facts.ts";
import { createGroupCommit } from "./group-commit.ts";
import { IN_MEMORY } from "./location.ts";
import { revocationTable } from "./revocations.ts";
import { signingKeyTable } from "./signing-keys.ts";
import { tokenTable } from "./tokens.ts";

/** The store's verbs on one open, migrated connection. */
export function sqliteStore(db: Connection, path: string): Store {
  const typed = queries(db);
  const trail = auditTrail(typed);
  const delegations = delegationTable(typed);
  const tokens = tokenTable(typed);
  const revocations = revocationTable(typed);
  const keys = signingKeyTable(typed);
  const facts = factTable(typed);
  const alive = db.prepare("select count(*) from facts");
  const { write, flush } = createGroupCommit(db);
  const file = inodeOf(path);

  return {
    issue: ({ token, newDelegation, event }) =>
      write(() => {
        const delegation = newDelegation ?? delegations.find(token.delegation);
        if (delegation === undefined) return "delegation_revoked";
        const outcome = delegations.judge(delegation, { isNew: newDelegation !== null });
        if (outcome !== "issued") return outcome;
        if (newDelegation !== null) delegations.insert(newDelegation);
        tokens.insert(token);
        trail.append(event);
        return outcome;
      }),
    revoke: (record, event) =>
      write(() => {
        if (revocations.covers(record)) return "repeated";
        revocations.insert(record);
        if (record.kind === "dlg") delegations.revokeTree(record.value, record.at);
        if (record.kind === "jti") tokens.revoke(record.value, record.at);
        trail.append(event);
        return "revoked";
      }),
    audit: (event) => write(() => trail.append(event)),
    findDelegation: async (id) => delegations.find(id),
    loadRevocations: async (now) => revocations.live(now),
    loadSigningKeys: async () => keys.all(),
    addFirstSigningKey: (key, event) =>
      write(() => {
        const standing = keys.all();
        if (standing.length > 0) return standing;
        keys.insert(key);
        trail.append(event);
        return keys.all();
      }),
    rememberOnce: (name, value) => write(() => facts.rememberOnce(name, value)),
    async ping() {
      alive.get();
      // A deleted or replaced file stays writable and loses every row with the process.
      if (inodeOf(path) !== file)
        throw new StoreError(`the database file ${path} is no longer the one that was opened`);
    },
    async close() {
      flush();
      db.close();
    },
  };
}

function inodeOf(path: string): bigint | undefined {
  return path === IN_MEMORY ? undefined : statSync(path, { bigint: true }).ino;
}
