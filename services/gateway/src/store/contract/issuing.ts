import { expect, test } from "vitest";
import type { Bench } from "./driver.ts";
import { ALICE, aChild, aDelegation, anEvent, aToken, BOB, dead, issue, NOW, renew } from "./fixtures.ts";

/** Delegations, tokens and single uses. */
export function issuing(at: Bench): void {
  test("gives a delegation and a token back as they were recorded, to every store on the data", async () => {
    const row = aDelegation("d1", {
      owner: { ...ALICE, tenant: "acme" },
      scopes: ["llm:read", "engine:any"],
    });
    const token = aToken("jti-1", row, { jkt: "thumbprint", agentAuth: "private_key_jwt" });
    expect(await at.store.issue({ token, newDelegation: row, event: anEvent() })).toBe("issued");
    for (const store of [at.store, at.second]) {
      expect(await store.findDelegation("d1")).toEqual(row);
      expect(await store.findToken("jti-1")).toEqual(token);
      expect(await store.findDelegation("d2")).toBeUndefined();
      expect(await store.findToken("jti-2")).toBeUndefined();
    }
  });

  test("issues again within a delegation, and never the same token twice", async () => {
    const row = aDelegation("d1");
    await issue(at.store, row, "jti-1");
    expect(await renew(at.second, row, "jti-2")).toBe("issued");
    await expect(renew(at.store, row, "jti-2")).rejects.toThrow();
    expect(await at.under.auditedActions()).toEqual(["token.issue", "token.renew"]);
  });

  test("writes neither token nor delegation nor event where one of them is refused", async () => {
    await issue(at.store, aDelegation("d1"), "jti-1");
    await expect(issue(at.store, aDelegation("d2"), "jti-1")).rejects.toThrow();
    expect(await at.store.findDelegation("d2")).toBeUndefined();
    expect(await at.under.auditedActions()).toEqual(["token.issue"]);
  });

  test("one write that fails takes none of those beside it along", async () => {
    const outcomes = await Promise.allSettled([
      issue(at.store, aDelegation("d1"), "jti-1"),
      issue(at.store, aDelegation("d2"), "jti-1"),
      issue(at.store, aDelegation("d3"), "jti-3"),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await at.under.auditedActions()).toHaveLength(2);
  });

  test("lists an owner's tokens newest first, in pages that stay put while more are issued", async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const owner = number === 3 ? BOB : ALICE;
      await issue(at.store, aDelegation(`d${number}`, { owner }), `jti-${number}`);
    }
    const jtis = (page: { items: readonly { jti: string }[] }) => page.items.map(({ jti }) => jti);
    const first = await at.store.listTokens({ owner: ALICE, cursor: null, limit: 2 });
    expect(jtis(first)).toEqual(["jti-5", "jti-4"]);
    await issue(at.second, aDelegation("d6"), "jti-6");
    const second = await at.store.listTokens({ owner: ALICE, cursor: first.next, limit: 2 });
    expect(jtis(second)).toEqual(["jti-2", "jti-1"]);
    expect(second.next).toBeNull();
    const everybody = await at.store.listTokens({ owner: null, cursor: null, limit: 10 });
    expect(jtis(everybody)).toEqual(["jti-6", "jti-5", "jti-4", "jti-3", "jti-2", "jti-1"]);
    const stranger = { ...ALICE, tenant: "acme" };
    expect(jtis(await at.store.listTokens({ owner: stranger, cursor: null, limit: 10 }))).toEqual([]);
  });

  test("knows whose a session is, while a delegation of it stands", async () => {
    await issue(at.store, aDelegation("d1", { owner: BOB, session: "s-bob" }));
    expect(await at.second.findSessionOwner("s-bob")).toEqual(BOB);
    expect(await at.second.findSessionOwner("s-nobody")).toBeUndefined();
  });

  test("S11: a credential is used once, whoever asks and however many at once", async () => {
    const use = { issuer: "research-agent", jti: "assertion-1", expiresAt: NOW + 60_000 };
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? at.store : at.second).consumeOnce(use)),
    );
    expect(asked.filter((first) => first)).toHaveLength(1);
    expect(await at.store.consumeOnce({ ...use, expiresAt: NOW })).toBe(false);
    expect(await at.second.consumeOnce({ ...use, issuer: "another" })).toBe(true);
  });

  test("forgets trees whose lower nodes were made long after the upper ones", async () => {
    const parents = Array.from({ length: 600 }, (_, i) => aDelegation(`old-${i}`));
    await Promise.all(parents.map((row) => issue(at.store, row)));
    const children = parents.map((row) => aChild(row, `below-${row.id}`));
    await Promise.all(children.map((row) => issue(at.store, row)));
    await at.store.purge(NOW + 18_000_000);
    for (const { id } of [...parents, ...children])
      expect([id, await at.second.findDelegation(id)]).toEqual([id, undefined]);
  });

  test("forgets what has ended and keeps what may still matter", async () => {
    const hour = 3_600_000;
    const parent = aDelegation("old");
    for (const row of [
      parent,
      aChild(parent, "below"),
      aDelegation("young", { renewableUntil: NOW + 9 * hour }),
    ])
      await issue(at.store, row);
    await at.store.consumeOnce({ issuer: "a", jti: "old", expiresAt: NOW });
    await at.store.consumeOnce({ issuer: "a", jti: "young", expiresAt: NOW + 9 * hour });
    await at.store.revoke(dead("jti", "old", { until: NOW + 1 }), anEvent("token.revoke"));
    await at.store.revoke(dead("jti", "young", { until: NOW + 9 * hour }), anEvent("token.revoke"));
    await at.store.purge(NOW - 1);
    expect(await at.store.findToken("jti of old")).toBeDefined();
    expect(await at.store.loadRevocations(0)).toHaveLength(2);

    await at.store.purge(NOW + 5 * hour);
    for (const id of ["old", "below"]) {
      expect(await at.second.findToken(`jti of ${id}`)).toBeUndefined();
      expect(await at.second.findDelegation(id)).toBeUndefined();
    }
    expect(await at.second.findDelegation("young")).toBeDefined();
    expect((await at.store.loadRevocations(0)).map(({ value }) => value)).toEqual(["young"]);
    expect(await at.store.consumeOnce({ issuer: "a", jti: "old", expiresAt: NOW })).toBe(true);
    expect(await at.store.consumeOnce({ issuer: "a", jti: "young", expiresAt: NOW })).toBe(false);
    expect(await at.under.auditedActions()).toHaveLength(5);
  });
}
