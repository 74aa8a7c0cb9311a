import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEvent, DelegationRow, SigningKeyRow, Store, TokenRow } from "../core/ports/store.ts";

/** What the suite needs of a driver. */
export interface StoreDriver {
  /** A store on the data of this test: called twice, it gives two stores on the same data. */
  open(): Promise<Store>;
  /** Hashes of the audit rows in order, read past the port; throws where the chain does not hold. */
  auditedActions(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

const NOW = 1_750_000_000_000;
const OWNER = { iss: "https://idp.example", sub: "alice", tenant: null };

export function aDelegation(id: string, fields: Partial<DelegationRow> = {}): DelegationRow {
  return {
    id,
    root: id,
    parent: null,
    ancestors: [],
    owner: OWNER,
    agent: "research-agent",
    chain: ["research-agent"],
    session: "session-1",
    scopes: ["llm:read", "memory:write"],
    createdAt: NOW,
    renewableUntil: NOW + 3_600_000,
    revokedAt: null,
    ...fields,
  };
}

export function aToken(jti: string, { id, parent, root, session, owner, agent }: DelegationRow): TokenRow {
  return {
    jti,
    delegation: id,
    parent,
    root,
    session,
    owner,
    agent,
    agentAuth: "none",
    audience: "http://localhost:8080",
    scopes: ["llm:read"],
    jkt: null,
    issuedAt: NOW,
    expiresAt: NOW + 300_000,
    revokedAt: null,
  };
}

export function anEvent(action: AuditEvent["action"] = "token.issue"): AuditEvent {
  return {
    time: NOW,
    action,
    decision: "allow",
    reason: null,
    user: { iss: OWNER.iss, sub: OWNER.sub },
    chain: ["research-agent"],
    jti: "jti-1",
    root: "root-1",
    session: "session-1",
    resource: "http://localhost:8080",
    policy: null,
    requestId: "request-1",
  };
}

const aKey = (kid: string): SigningKeyRow => ({
  kid,
  alg: "ES256",
  status: "active",
  publicJwk: "{}",
  sealedPrivateKey: "v1.sealed",
  createdAt: NOW,
  changedAt: NOW,
});

const dead = (value: string) => ({ kind: "dlg", value, at: NOW, until: NOW + 3_600_000 }) as const;

/** Every promise of the `Store` port. Each driver runs it. */
export function storeContract(name: string, driver: () => Promise<StoreDriver>): void {
  describe(`${name} keeps the store's contract`, () => {
    let under: StoreDriver;
    let store: Store;
    let second: Store;

    beforeEach(async () => {
      under = await driver();
      store = await under.open();
      second = await under.open();
    });
    afterEach(async () => {
      await store.close();
      await second.close();
      await under.dispose();
    });

    const issue = (to: Store, newDelegation: DelegationRow, jti = `jti of ${newDelegation.id}`) =>
      to.issue({ token: aToken(jti, newDelegation), newDelegation, event: anEvent() });
    const renew = (to: Store, row: DelegationRow, jti: string) =>
      to.issue({ token: aToken(jti, row), newDelegation: null, event: anEvent() });
    const child = (parent: DelegationRow, id: string) =>
      aDelegation(id, {
        root: parent.root,
        parent: parent.id,
        ancestors: [...parent.ancestors, parent.id],
        chain: [id, ...parent.chain],
        agent: id,
      });

    test("gives a delegation back as it was recorded, to every store on the data", async () => {
      const row = aDelegation("d1", {
        owner: { ...OWNER, tenant: "acme" },
        scopes: ["llm:read", "engine:any"],
      });
      expect(await issue(store, row)).toBe("issued");
      expect(await store.findDelegation("d1")).toEqual(row);
      expect(await second.findDelegation("d1")).toEqual(row);
      expect(await store.findDelegation("d2")).toBeUndefined();
    });

    test("issues again within a delegation, and never the same token twice", async () => {
      const row = aDelegation("d1");
      await issue(store, row, "jti-1");
      expect(await renew(second, row, "jti-2")).toBe("issued");
      await expect(renew(store, row, "jti-2")).rejects.toThrow();
      expect(await under.auditedActions()).toEqual(["token.issue", "token.issue"]);
    });

    test("writes neither token nor delegation nor event where one of them is refused", async () => {
      await issue(store, aDelegation("d1"), "jti-1");
      await expect(issue(store, aDelegation("d2"), "jti-1")).rejects.toThrow();
      expect(await store.findDelegation("d2")).toBeUndefined();
      expect(await under.auditedActions()).toEqual(["token.issue"]);
    });

    test("one write that fails takes none of those beside it along", async () => {
      const outcomes = await Promise.allSettled([
        issue(store, aDelegation("d1"), "jti-1"),
        issue(store, aDelegation("d2"), "jti-1"),
        issue(store, aDelegation("d3"), "jti-3"),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await under.auditedActions()).toHaveLength(2);
    });

    test("issues nothing in a delegation that is revoked, unknown, or below a revoked one", async () => {
      const root = aDelegation("d1");
      const middle = child(root, "d2");
      await issue(store, root);
      await issue(store, middle);
      expect(await renew(store, aDelegation("nobody"), "jti-8")).toBe("delegation_revoked");
      expect(await store.revoke(dead("d1"), anEvent("token.revoke"))).toBe("revoked");
      expect(await renew(second, root, "jti-9")).toBe("delegation_revoked");
      expect(await renew(second, middle, "jti-10")).not.toBe("issued");
      expect(await issue(second, child(middle, "d3"))).toBe("ancestor_revoked");
      expect(await under.auditedActions()).toEqual(["token.issue", "token.issue", "token.revoke"]);
    });

    test("revoking a node marks its subtree and nothing beside or above it", async () => {
      const root = aDelegation("d1");
      const left = child(root, "d2");
      const right = child(root, "d3");
      const below = child(left, "d4");
      for (const row of [root, left, right, below, aDelegation("d5")]) await issue(store, row);
      await store.revoke(dead("d2"), anEvent("token.revoke"));
      const revokedAt = async (id: string) => (await second.findDelegation(id))?.revokedAt;
      expect(await revokedAt("d2")).toBe(NOW);
      expect(await revokedAt("d4")).toBe(NOW);
      for (const id of ["d1", "d3", "d5"]) expect(await revokedAt(id)).toBeNull();
    });

    test("a revocation said twice is recorded once; an epoch may be raised", async () => {
      const epoch = (at: number) => ({ kind: "sid", value: "s", at, until: NOW + 9_000 }) as const;
      expect(await store.revoke(dead("d1"), anEvent("token.revoke"))).toBe("revoked");
      expect(await second.revoke({ ...dead("d1"), at: NOW + 5 }, anEvent("token.revoke"))).toBe("repeated");
      expect(await store.revoke(epoch(NOW), anEvent("token.revoke"))).toBe("revoked");
      expect(await second.revoke(epoch(NOW + 1), anEvent("token.revoke"))).toBe("revoked");
      expect(await store.revoke(epoch(NOW), anEvent("token.revoke"))).toBe("repeated");
      expect(await store.loadRevocations(NOW)).toEqual([dead("d1"), epoch(NOW), epoch(NOW + 1)]);
      expect(await under.auditedActions()).toHaveLength(3);
    });

    test("forgets a revocation when no token it could kill is alive", async () => {
      await store.revoke(dead("d1"), anEvent("token.revoke"));
      expect(await store.loadRevocations(NOW + 3_600_000)).toHaveLength(1);
      expect(await store.loadRevocations(NOW + 3_600_001)).toEqual([]);
    });

    test("of two first signing keys one stands, for everybody", async () => {
      const answers = await Promise.all([
        store.addFirstSigningKey(aKey("k1"), anEvent("key.create")),
        second.addFirstSigningKey(aKey("k2"), anEvent("key.create")),
      ]);
      expect(answers[0]).toHaveLength(1);
      expect(answers[1]).toEqual(answers[0]);
      expect(await store.loadSigningKeys()).toEqual(answers[0]);
      expect(await under.auditedActions()).toEqual(["key.create"]);
    });

    test("believes the first to state a fact", async () => {
      expect(await store.rememberOnce("fact", "a")).toBe("a");
      expect(await second.rememberOnce("fact", "b")).toBe("a");
    });

    test("S20: two writers at once leave one unbroken audit chain", async () => {
      const rows = Array.from({ length: 20 }, (_, index) => aDelegation(`d${index}`));
      await Promise.all(rows.map((row, index) => issue(index % 2 === 0 ? store : second, row)));
      await second.trail.append([
        { ...anEvent("token.refuse"), decision: "deny", reason: "scope", user: null },
      ]);
      expect(await under.auditedActions()).toHaveLength(21);
    });

    test("says that it can be used, until it is closed", async () => {
      await store.ping();
      const closed = await under.open();
      await closed.close();
      await expect(closed.ping()).rejects.toThrow();
      await expect(closed.trail.append([anEvent()])).rejects.toThrow();
    });
  });
}
