import { expect, test } from "vitest";
import { AUDIT_CHAIN_START, auditCommitment, auditRowHash } from "../../core/audit-row.ts";
import type { AuditFilter } from "../../core/ports/audit.ts";
import type { Bench } from "./driver.ts";
import { ALICE, aDelegation, anEvent, BOB, issue, NOW } from "./fixtures.ts";

const EVERYTHING: AuditFilter = { limit: 1_000 };

/** The audit trail. */
export function trail(at: Bench): void {
  test("S20: two writers at once leave one unbroken audit chain", async () => {
    const rows = Array.from({ length: 20 }, (_, index) => aDelegation(`d${index}`));
    await Promise.all(rows.map((row, index) => issue(index % 2 === 0 ? at.store : at.second, row)));
    await at.second.trail.append([
      anEvent("token.refuse", { decision: "deny", reason: "scope", user: null }),
    ]);
    expect(await at.under.auditedActions()).toHaveLength(21);
  });

  test("reads every event back as it was told, in its place in the chain", async () => {
    const events = [
      anEvent("token.issue", { policy: "3:default", reason: "r", chain: ["b", "a"] }),
      anEvent("request.deny", {
        decision: "deny",
        user: null,
        chain: [],
        jti: null,
        root: null,
        session: null,
        resource: null,
        requestId: null,
      }),
      anEvent("token.revoke", { user: { iss: BOB.iss, sub: BOB.sub } }),
    ];
    await at.store.trail.append(events);
    const entries = await at.second.trail.read(EVERYTHING);
    let prev = AUDIT_CHAIN_START;
    entries.forEach((entry, index) => {
      expect(entry).toMatchObject({ ...events[index], seq: index + 1, prev });
      expect(auditRowHash(entry)).toBe(entry.hash);
      prev = entry.hash;
    });
    expect(entries).toHaveLength(3);
    expect(await at.second.trail.head()).toEqual({ seq: 3, hash: prev });
  });

  test("an empty trail has no head", async () => {
    expect(await at.store.trail.head()).toBeUndefined();
    expect(await at.store.trail.read(EVERYTHING)).toEqual([]);
  });

  test("events told together are all there or none", async () => {
    const broken = { ...anEvent(), action: null as never };
    await expect(at.store.trail.append([anEvent(), broken])).rejects.toThrow();
    await at.store.trail.append([anEvent(), anEvent()]);
    expect(await at.under.auditedActions()).toHaveLength(2);
  });

  test("S21: the chain holds a commitment, salted anew for each row, and the salt opens it", async () => {
    await at.store.trail.append([anEvent(), anEvent(), anEvent("token.issue", { user: null })]);
    const [one, two, none] = await at.store.trail.read(EVERYTHING);
    expect(one?.commitment).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.commitment).toBe(auditCommitment(one?.salt ?? "", ALICE));
    expect(two?.commitment).not.toBe(one?.commitment);
    expect(none).toMatchObject({ user: null, commitment: null, salt: null });
  });

  test("S21: a person can be erased, and the chain still holds", async () => {
    await at.store.trail.append([anEvent(), anEvent("token.issue", { user: BOB }), anEvent()]);
    const erasure = anEvent("audit.erase", { user: null });
    expect(await at.second.trail.erase({ iss: ALICE.iss, sub: ALICE.sub }, erasure)).toBe(2);
    const entries = await at.store.trail.read(EVERYTHING);
    expect(entries.map(({ user, salt }) => ({ sub: user?.sub, salted: salt !== null }))).toEqual([
      { sub: undefined, salted: false },
      { sub: "bob", salted: true },
      { sub: undefined, salted: false },
      { sub: undefined, salted: false },
    ]);
    for (const entry of entries) expect(auditRowHash(entry)).toBe(entry.hash);
    expect(await at.store.trail.read({ ...EVERYTHING, user: ALICE })).toEqual([]);
    expect(await at.under.auditedActions()).toHaveLength(4);
  });

  test("finds rows by time, agent, user, action and root, and goes on after a row", async () => {
    await at.store.trail.append([
      anEvent("token.issue", { time: NOW, chain: ["a"], root: "r1" }),
      anEvent("token.renew", { time: NOW + 1, chain: ["b", "a"], root: "r1", user: BOB }),
      anEvent("token.issue", { time: NOW + 2, chain: ["ab"], root: "r2" }),
      anEvent("token.revoke", { time: NOW + 3, chain: ["b"], root: "r1" }),
    ]);
    const seqs = async (filter: Partial<AuditFilter>) =>
      (await at.second.trail.read({ ...EVERYTHING, ...filter })).map(({ seq }) => seq);
    expect(await seqs({})).toEqual([1, 2, 3, 4]);
    expect(await seqs({ since: NOW + 1, until: NOW + 2 })).toEqual([2, 3]);
    expect(await seqs({ agent: "a" })).toEqual([1, 2]);
    expect(await seqs({ agent: "b" })).toEqual([2, 4]);
    expect(await seqs({ user: ALICE })).toEqual([1, 3, 4]);
    expect(await seqs({ user: { iss: "https://other.example", sub: "alice" } })).toEqual([]);
    expect(await seqs({ action: "token.issue" })).toEqual([1, 3]);
    expect(await seqs({ root: "r1" })).toEqual([1, 2, 4]);
    expect(await seqs({ root: "r1", after: 1, limit: 1 })).toEqual([2]);
    expect(await seqs({ user: ALICE, action: "token.issue", after: 1 })).toEqual([3]);
    expect(await seqs({ after: 2 })).toEqual([3, 4]);
    expect(await seqs({ limit: 2 })).toEqual([1, 2]);
  });

  test("finds the one row of an agent far down a long trail", async () => {
    const many = Array.from({ length: 9_000 }, () => anEvent("request.allow", { user: null }));
    await at.store.trail.append(many);
    await at.store.trail.append([anEvent("token.issue", { chain: ["rare"] })]);
    const found = await at.second.trail.read({ agent: "rare", limit: 5 });
    expect(found.map(({ seq }) => seq)).toEqual([9_001]);
    const mine = Array.from({ length: 9_000 }, () => anEvent("request.allow", { root: "r" }));
    await at.store.trail.append([...mine, anEvent("token.revoke", { root: "r" })]);
    for (const where of [{ user: ALICE }, { root: "r" }, { user: ALICE, root: "r" }]) {
      const last = await at.second.trail.read({ ...where, action: "token.revoke", limit: 5 });
      expect(last.map(({ seq }) => seq)).toEqual([18_002]);
    }
  });

  test("keeps checkpoints in the order of the chain", async () => {
    const at9 = { seq: 9, hash: "h9", time: NOW, jws: "a.b.c" };
    const at4 = { ...at9, seq: 4, hash: "h4" };
    await at.store.trail.addCheckpoint(at9);
    await at.store.trail.addCheckpoint(at4);
    await at.second.trail.addCheckpoint({ ...at9, jws: "another's, just as good" });
    expect(await at.second.trail.checkpoints()).toEqual([at4, at9]);
  });
}
