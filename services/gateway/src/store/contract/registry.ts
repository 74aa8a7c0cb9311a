import { expect, test } from "vitest";
import type { Bench } from "./driver.ts";
import {
  ALICE,
  aDelegation,
  aGrant,
  anAgent,
  anEvent,
  aToken,
  BOB,
  dead,
  issue,
  NOW,
  renew,
} from "./fixtures.ts";

/** Agents and grants. */
export function registry(at: Bench): void {
  const create = (agent = anAgent("research-agent")) => at.store.createAgent(agent, anEvent("agent.create"));

  test("gives an agent back as it was recorded, empty lists and absent ones apart", async () => {
    const full = anAgent("full");
    const bare = anAgent("bare", {
      auth: "client_secret_basic",
      secretHash: "hash",
      jwks: null,
      scopes: null,
      audiences: [],
      ttl: null,
      depth: null,
      mayDelegateTo: null,
      introspect: false,
      endpoint: null,
    });
    const closed = anAgent("closed", { scopes: [], mayDelegateTo: [] });
    for (const agent of [full, bare, closed]) expect(await create(agent)).toBe("created");
    for (const agent of [full, bare, closed]) expect(await at.second.findAgent(agent.id)).toEqual(agent);
    expect(await at.second.findAgent("nobody")).toBeUndefined();
    expect(await at.second.findAgentByResource("https://agent.example")).toMatchObject({
      endpoint: { resource: "https://agent.example" },
    });
    expect(await at.second.findAgentByResource("https://other.example")).toBeUndefined();
  });

  test("an id is taken by one agent, also where two ask at once", async () => {
    const outcomes = await Promise.all([
      at.store.createAgent(anAgent("same"), anEvent("agent.create")),
      at.second.createAgent(anAgent("same", { owner: BOB }), anEvent("agent.create")),
    ]);
    expect([...outcomes].sort()).toEqual(["created", "taken"]);
    expect(await at.under.auditedActions()).toEqual(["agent.create"]);
  });

  test("lists an owner's agents in pages that stay put", async () => {
    for (const id of ["d", "b", "a", "c"]) await create(anAgent(id, { owner: id === "c" ? BOB : ALICE }));
    const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id);
    const first = await at.store.listAgents({ owner: ALICE, cursor: null, limit: 2 });
    expect(ids(first)).toEqual(["a", "b"]);
    await create(anAgent("0"));
    await at.store.deleteAgent("b", [dead("agent", "b")], anEvent("agent.delete"));
    const second = await at.store.listAgents({ owner: ALICE, cursor: first.next, limit: 2 });
    expect({ ids: ids(second), next: second.next }).toEqual({ ids: ["d"], next: null });
    expect(ids(await at.store.listAgents({ owner: null, cursor: null, limit: 9 }))).toEqual([
      "0",
      "a",
      "c",
      "d",
    ]);
  });

  test("of two who change the same record one does, and the other is told", async () => {
    await create();
    const change = (name: string) => ({
      agent: anAgent("research-agent", { name, scopes: null }),
      readAt: NOW,
      epochs: [],
      event: anEvent("agent.update"),
    });
    const outcomes = await Promise.all([
      at.store.updateAgent(change("one")),
      at.second.updateAgent(change("two")),
    ]);
    expect([...outcomes].sort()).toEqual(["changed", "updated"]);
    expect(await at.store.findAgent("research-agent")).toMatchObject({ scopes: null });
    const absent = { ...change("x"), agent: anAgent("nobody") };
    expect(await at.store.updateAgent(absent)).toBe("absent");
    expect(await at.under.auditedActions()).toEqual(["agent.create", "agent.update"]);
  });

  test("T10: suspending or removing an agent kills what it held, in the same step", async () => {
    await create();
    const row = aDelegation("d1");
    await issue(at.store, row);
    await at.store.updateAgent({
      agent: anAgent("research-agent", { status: "suspended", updatedAt: NOW + 1 }),
      readAt: NOW,
      epochs: [dead("agent", "research-agent")],
      event: anEvent("agent.update"),
    });
    expect(await renew(at.second, row, "jti-2")).toBe("delegation_revoked");
    expect((await at.second.revocationsSince(0)).records).toEqual([dead("agent", "research-agent")]);
    const later = [dead("agent", "research-agent", { at: NOW + 9 })];
    expect(await at.store.deleteAgent("research-agent", later, anEvent("agent.delete"))).toBe("deleted");
    expect(await at.second.deleteAgent("research-agent", later, anEvent("agent.delete"))).toBe("absent");
    expect((await at.second.revocationsSince(0)).records).toHaveLength(2);
    expect(await at.second.findAgent("research-agent")).toBeUndefined();
  });

  test("who takes a removed agent's id inherits none of its grants", async () => {
    await create();
    await at.store.putGrant(aGrant("g1"), anEvent("grant.create"));
    await at.store.deleteAgent("research-agent", [dead("agent", "research-agent")], anEvent("agent.delete"));
    expect(await create()).toBe("created");
    expect((await at.second.findGrant(ALICE, "research-agent"))?.revokedAt).toBe(NOW);
  });

  test("a removed agent's id is its last owner's to take again, and nobody else's", async () => {
    await create();
    await at.store.deleteAgent("research-agent", [], anEvent("agent.delete"));
    expect(await at.second.createAgent(anAgent("research-agent", { owner: BOB }), anEvent())).toBe("taken");
    expect(await at.second.createAgent(anAgent("research-agent"), anEvent())).toBe("created");
  });

  test("T10: issues nothing to an agent whose record, or the user's grant to it, was taken back meanwhile", async () => {
    const attempt = (id: string, isRegistered: boolean) => {
      const newDelegation = aDelegation(id);
      return at.store.issue({
        token: aToken(id, newDelegation),
        newDelegation,
        isRegistered,
        event: anEvent(),
      });
    };
    expect(await attempt("d0", true)).toBe("agent_gone");
    await create();
    expect(await attempt("d1", true)).toBe("issued");
    const agent = anAgent("research-agent", { status: "suspended" });
    await at.second.updateAgent({ agent, readAt: NOW, epochs: [], event: anEvent("agent.update") });
    expect(await attempt("d2", true)).toBe("agent_gone");
    await at.store.putGrant(aGrant("g1"), anEvent("grant.create"));
    expect(await attempt("d3", false)).toBe("issued");
    await at.second.revokeGrant("g1", NOW, anEvent("grant.revoke"));
    expect(await attempt("d4", false)).toBe("grant_revoked");
  });

  test("an owner has no more agents and grants than they may, however many ask at once", async () => {
    const made = await Promise.all(
      ["a1", "a2", "a3", "a4"].map((id, i) =>
        (i % 2 ? at.store : at.second).createAgent(anAgent(id), anEvent("agent.create"), 2),
      ),
    );
    expect(made.sort()).toEqual(["created", "created", "too_many", "too_many"]);
    expect(await at.store.createAgent(anAgent("b1", { owner: BOB }), anEvent("agent.create"), 2)).toBe(
      "created",
    );
    expect(await create(anAgent("a5"))).toBe("created");
    const put = (id: string, agent: string) =>
      at.store.putGrant(aGrant(id, { agent }), anEvent("grant.create"), 1);
    expect(await put("g1", "one")).toBe("put");
    expect(await put("g2", "one")).toBe("put");
    expect(await put("g3", "two")).toBe("too_many");
  });

  test("a user's grant to an agent takes the place of the one before", async () => {
    await at.store.putGrant(aGrant("g1", { scopes: ["llm:read", "llm:admin"] }), anEvent("grant.create"));
    await at.second.putGrant(aGrant("g2", { scopes: [], expiresAt: NOW + 5 }), anEvent("grant.create"));
    await at.store.putGrant(aGrant("g3", { owner: BOB }), anEvent("grant.create"));
    expect(await at.store.findGrant(ALICE, "research-agent")).toEqual(
      aGrant("g2", { scopes: [], expiresAt: NOW + 5 }),
    );
    expect(await at.store.findGrantById("g1")).toBeUndefined();
    expect(await at.store.findGrantById("g3")).toEqual(aGrant("g3", { owner: BOB }));
    expect(await at.store.findGrant({ ...ALICE, tenant: "acme" }, "research-agent")).toBeUndefined();
    expect((await at.store.listGrants({ owner: ALICE, cursor: null, limit: 9 })).items).toHaveLength(1);
  });

  test("a grant that was taken back stays to be seen, and is taken back once", async () => {
    await at.store.putGrant(aGrant("g1"), anEvent("grant.create"));
    expect(await at.second.revokeGrant("g1", NOW + 7, anEvent("grant.revoke"))).toBe("revoked");
    expect(await at.store.revokeGrant("g1", NOW + 8, anEvent("grant.revoke"))).toBe("absent");
    expect(await at.store.revokeGrant("nobody's", NOW, anEvent("grant.revoke"))).toBe("absent");
    expect((await at.store.findGrantById("g1"))?.revokedAt).toBe(NOW + 7);
    expect(await at.under.auditedActions()).toEqual(["grant.create", "grant.revoke"]);
  });

  test("lists grants newest first, in pages", async () => {
    for (const id of ["g1", "g2", "g3"])
      await at.store.putGrant(aGrant(id, { agent: `agent of ${id}` }), anEvent("grant.create"));
    const first = await at.store.listGrants({ owner: ALICE, cursor: null, limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(["g3", "g2"]);
    const second = await at.store.listGrants({ owner: ALICE, cursor: first.next, limit: 2 });
    expect(second.items.map(({ id }) => id)).toEqual(["g1"]);
    expect((await at.store.listGrants({ owner: BOB, cursor: null, limit: 2 })).items).toEqual([]);
  });

  test("what one process has learned of agents and grants ends with another's change", async () => {
    const { store, second } = at;
    expect(await second.findAgent("late")).toBeUndefined();
    expect(await second.findGrant(ALICE, "late")).toBeUndefined();
    await store.createAgent(anAgent("late"), anEvent("agent.create"));
    expect(await second.findAgent("late")).toMatchObject({ status: "active" });

    const agent = anAgent("late", { status: "suspended" });
    const readAt = (await store.findAgent("late"))?.updatedAt ?? 0;
    await store.updateAgent({ agent, readAt, epochs: [], event: anEvent("agent.update") });
    expect(await second.findAgent("late")).toMatchObject({ status: "suspended" });
    expect(await store.findAgent("late")).toMatchObject({ status: "suspended" });

    await store.putGrant(aGrant("g1", { agent: "late" }), anEvent("grant.create"));
    expect(await second.findGrant(ALICE, "late")).toMatchObject({ id: "g1", revokedAt: null });
    expect(await second.findGrant(BOB, "late")).toBeUndefined();
    await store.revokeGrant("g1", NOW, anEvent("grant.revoke"));
    expect(await second.findGrant(ALICE, "late")).toMatchObject({ id: "g1", revokedAt: NOW });
    await store.deleteAgent("late", [dead("agent", "late")], anEvent("agent.delete"));
    expect(await second.findAgent("late")).toBeUndefined();
    expect(await store.findAgent("late")).toBeUndefined();
  });

  test("whoever is told of a change of its own finds it, asked at once and often", async () => {
    const { store } = at;
    for (let n = 0; n < 20; n++) {
      const id = `agent-${n}`;
      expect(await store.findAgent(id)).toBeUndefined();
      const made = store.createAgent(anAgent(id), anEvent("agent.create"));
      // Others ask meanwhile, and what they learn is not what the one who made it is told.
      const asking = Promise.all(Array.from({ length: 10 }, () => store.findAgent(id)));
      await made;
      expect(await store.findAgent(id)).toMatchObject({ id });
      await asking;
    }
  });
}
