import { expect, test } from "vitest";
import { ownerKey } from "../../core/owner.ts";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type { Bench } from "./driver.ts";
import { ALICE, aChild, aDelegation, anEvent, aToken, BOB, dead, issue, NOW, renew } from "./fixtures.ts";

/** What kills what, and how others learn of it. */
export function revoking(at: Bench): void {
  const revoke = (record: RevocationRecord) => at.store.revoke(record, anEvent("token.revoke"));
  const revokedAt = async (id: string) => (await at.second.findDelegation(id))?.revokedAt;

  test("issues nothing in a delegation that is revoked, unknown, or below a revoked one", async () => {
    const root = aDelegation("d1");
    const middle = aChild(root, "d2");
    await issue(at.store, root);
    await issue(at.store, middle);
    expect(await renew(at.store, aDelegation("nobody"), "jti-8")).toBe("delegation_revoked");
    expect(await revoke(dead("dlg", "d1"))).toBe("revoked");
    expect(await renew(at.second, root, "jti-9")).toBe("delegation_revoked");
    expect(await renew(at.second, middle, "jti-10")).not.toBe("issued");
    expect(await issue(at.second, aChild(middle, "d3"))).toBe("ancestor_revoked");
    expect(await at.under.auditedActions()).toEqual(["token.issue", "token.issue", "token.revoke"]);
  });

  test("revoking a node marks its subtree, tokens too, and nothing beside or above it", async () => {
    const root = aDelegation("d1");
    const left = aChild(root, "d2");
    const right = aChild(root, "d3");
    const below = aChild(left, "d4");
    for (const row of [root, left, right, below, aDelegation("d5")]) await issue(at.store, row);
    await revoke(dead("dlg", "d2"));
    for (const id of ["d2", "d4"]) {
      expect(await revokedAt(id)).toBe(NOW);
      expect((await at.second.findToken(`jti of ${id}`))?.revokedAt).toBe(NOW);
    }
    for (const id of ["d1", "d3", "d5"]) {
      expect(await revokedAt(id)).toBeNull();
      expect((await at.second.findToken(`jti of ${id}`))?.revokedAt).toBeNull();
    }
  });

  test("revoking one token marks that token alone", async () => {
    const row = aDelegation("d1");
    await issue(at.store, row, "jti-1");
    await renew(at.store, row, "jti-2");
    await revoke(dead("jti", "jti-1"));
    expect((await at.second.findToken("jti-1"))?.revokedAt).toBe(NOW);
    expect((await at.second.findToken("jti-2"))?.revokedAt).toBeNull();
  });

  test.each([
    ["session", dead("sid", "s-1")],
    ["agent, anywhere in the chain", dead("agent", "planner")],
    ["user", dead("user", ownerKey(ALICE))],
  ])("S12: an epoch kills what was made up to its time: %s", async (_name, epoch) => {
    const fields = { session: "s-1", agent: "planner", chain: ["planner"] };
    const old = aDelegation("old", fields);
    const below = aChild(old, "below", { createdAt: NOW });
    const other = aDelegation("other", { owner: BOB, session: "s-2", agent: "writer", chain: ["writer"] });
    for (const row of [old, below, other]) await issue(at.store, row);
    await revoke(epoch);
    expect(await renew(at.second, old, "jti-old")).toBe("delegation_revoked");
    expect(await renew(at.second, below, "jti-below")).not.toBe("issued");
    expect(await issue(at.second, aChild(old, "late", { createdAt: NOW + 5 }))).toBe("ancestor_revoked");
    // Made before the epoch, recorded after it: it must not slip through.
    expect(await issue(at.second, aDelegation("slow", fields))).toBe("delegation_revoked");
    expect(await issue(at.second, aDelegation("new", { ...fields, createdAt: NOW + 1 }))).toBe("issued");
    expect(await renew(at.second, other, "jti-other")).toBe("issued");
  });

  test("S12: what an owner's epoch reached is turned into nothing, also by a process that has not heard of it", async () => {
    const standing = aDelegation("standing", { owner: BOB, createdAt: NOW + 9 });
    await issue(at.store, standing);
    await revoke(dead("user", ownerKey(ALICE)));
    await revoke(dead("user", ownerKey(BOB)));
    const fresh = aDelegation("fresh", { createdAt: NOW + 5 });
    const made = (subjectIssuedAt: number, row = fresh, newDelegation: typeof fresh | null = fresh) =>
      at.second.issue({
        token: aToken(`of ${subjectIssuedAt}`, row),
        newDelegation,
        subjectIssuedAt,
        event: anEvent(),
      });
    expect(await made(NOW - 1)).toBe("ancestor_revoked");
    expect(await made(NOW)).toBe("ancestor_revoked");
    expect(await made(NOW, standing, null)).toBe("ancestor_revoked");
    expect(await made(NOW + 1, standing, null)).toBe("issued");
    expect(await made(NOW + 2)).toBe("issued");
  });

  test("a revocation said twice is recorded once; an epoch may be raised", async () => {
    const epoch = (time: number) => dead("sid", "s", { at: time });
    expect(await revoke(dead("dlg", "d1"))).toBe("revoked");
    expect(await at.second.revoke(dead("dlg", "d1", { at: NOW + 5 }), anEvent("token.revoke"))).toBe(
      "repeated",
    );
    expect(await revoke(epoch(NOW))).toBe("revoked");
    expect(await at.second.revoke(epoch(NOW + 1), anEvent("token.revoke"))).toBe("revoked");
    expect(await revoke(epoch(NOW))).toBe("repeated");
    expect(await at.store.loadRevocations(NOW)).toEqual([dead("dlg", "d1"), epoch(NOW), epoch(NOW + 1)]);
    expect(await at.under.auditedActions()).toHaveLength(3);
  });

  test("forgets a revocation when no token it could kill is alive", async () => {
    await revoke(dead("dlg", "d1"));
    expect(await at.store.loadRevocations(NOW + 3_600_000)).toHaveLength(1);
    expect(await at.store.loadRevocations(NOW + 3_600_001)).toEqual([]);
  });

  test("S20: no child escapes a revocation that races with it", async () => {
    for (let round = 0; round < 15; round++) {
      const root = aDelegation(`root-${round}`);
      await issue(at.store, root);
      const children = Array.from({ length: 6 }, (_, index) => aChild(root, `child-${round}-${index}`));
      const outcomes = await Promise.all([
        ...children.slice(0, 3).map((row) => issue(at.store, row)),
        at.second.revoke(dead("dlg", root.id), anEvent("token.revoke")),
        ...children.slice(3).map((row) => issue(at.store, row)),
      ]);
      expect(outcomes).toContain("revoked");
      for (const row of children) {
        const found = await at.store.findDelegation(row.id);
        // Recorded before it, and killed by it; or refused.
        expect(found === undefined || found.revokedAt === NOW).toBe(true);
        expect(await renew(at.store, row, `again ${row.id}`)).not.toBe("issued");
      }
    }
  });

  test("T05: others learn of every revocation once, in order, whoever wrote it", async () => {
    const start = await at.second.revocationsSince(0);
    expect(start.records).toEqual([]);
    const heard: string[] = [];
    let seq = start.seq;
    let writing = true;
    const writes = (async () => {
      for (let index = 0; index < 60; index++) {
        const store = index % 2 ? at.store : at.second;
        await store.revoke(dead("jti", `jti-${index}`), anEvent("token.revoke"));
      }
      writing = false;
    })();
    for (let last = false; !last; ) {
      last = !writing;
      const news = await at.second.revocationsSince(seq);
      expect(news.seq).toBeGreaterThanOrEqual(seq);
      seq = news.seq;
      heard.push(...news.records.map(({ value }) => value));
      await new Promise((next) => setImmediate(next));
    }
    await writes;
    expect(heard).toEqual(Array.from({ length: 60 }, (_, index) => `jti-${index}`));
    expect(await at.store.revocationsSince(seq)).toEqual({ seq, records: [] });
    // What was removed is not told of again, and its numbers are not given out a second time.
    await at.store.purge(NOW + 86_400_000);
    await revoke(dead("jti", "the next"));
    const after = await at.second.revocationsSince(seq);
    expect(after.seq).toBeGreaterThan(seq);
    expect(after.records).toHaveLength(1);
  });
}
