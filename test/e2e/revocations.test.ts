import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signToken } from "../support/identity/tokens.ts";
import { type Management, startManagement } from "../support/management.ts";

/** T05 from outside: what is killed by whom, and what lives on. */
let at: Management;
beforeAll(async () => {
  at = await startManagement();
});
afterAll(() => at?.close());

async function tokenOf(fields: Readonly<Record<string, string>> = {}, subject = "alice"): Promise<string> {
  const answer = await at.exchange({ subject, ...fields });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return String(answer.body["access_token"]);
}

/** A tree: alice → research → coder. */
async function family() {
  // A list goes by milliseconds, and this clock stands still.
  at.gateway.clock.advance(1);
  const parent = await tokenOf({ client_id: "research" });
  at.gateway.clock.advance(1);
  const child = await tokenOf({ client_id: "coder", subject_token: parent });
  return { parent, child };
}

const alive = async (token: string) => (await at.gateway.call(token)) === 200;
const revoke = (as: string, body: unknown) => at.ask("POST", "/attach/v1/revocations", { as, body });
const claim = (token: string, name: string) => String(decodeJwt(token)[name]);

describe("a revocation", () => {
  test.each([
    ["jti", "jti"],
    ["dlg", "dlg"],
    ["root", "root"],
  ] as const)("T05: by %s kills the node and everything below it, and nothing else", async (member, name) => {
    const [{ parent, child }, other] = [await family(), await family()];
    expect([await alive(parent), await alive(child)]).toEqual([true, true]);
    const answer = await revoke("alice", { [member]: claim(parent, name) });
    expect([answer.status, answer.body["kind"], answer.body["repeated"]]).toEqual([201, "dlg", false]);
    expect([await alive(parent), await alive(child)]).toEqual([false, false]);
    expect([await alive(other.parent), await alive(other.child)]).toEqual([true, true]);
    expect((await revoke("alice", { [member]: claim(parent, name) })).body["repeated"]).toBe(true);
  });

  test("T05: of a child leaves its parent alive, and no renewal brings the child back", async () => {
    const { parent, child } = await family();
    await revoke("alice", { jti: claim(child, "jti") });
    expect([await alive(parent), await alive(child)]).toEqual([true, false]);
    const renewal = { client_id: "coder", subject_token: parent, delegation: claim(child, "dlg") };
    expect((await at.exchange(renewal)).status).toBe(400);
  });

  test("S12: of a session kills its agents' tokens; the user's own token and later agents stay good", async () => {
    const { parent, child } = await family();
    const user = at.userToken("alice");
    expect((await revoke("alice", { sid: claim(parent, "sid") })).status).toBe(201);
    expect([await alive(parent), await alive(child), await alive(user)]).toEqual([false, false, true]);
    // The very next millisecond: an epoch by `iat` would kill the whole second.
    at.gateway.clock.advance(1);
    expect(await alive(await tokenOf())).toBe(true);
  });

  test("S12: of a user kills everything of theirs, and nothing of anybody else's", async () => {
    const [mine, theirs] = [await tokenOf({}, "erin"), await tokenOf({}, "frank")];
    const own = at.userToken("erin");
    const user = { iss: at.issuer, sub: "erin" };
    expect((await revoke("frank", { user })).status).toBe(403);
    expect((await revoke("erin", { user })).status).toBe(201);
    expect([await alive(mine), await alive(own), await alive(theirs)]).toEqual([false, false, true]);
    at.gateway.clock.advance(1000);
    expect(await alive(at.userToken("erin"))).toBe(true);
  });

  test("T10: of a registered agent is its owner's and admin's, and kills what it handed on", async () => {
    const { secret } = (await at.register("planner")).body;
    const planner = { client_id: "planner", client_secret: String(secret), scope: "llm:read" };
    const parent = await tokenOf(planner, "gina");
    const child = await tokenOf({ client_id: "coder", subject_token: parent });
    expect((await revoke("gina", { agent: "planner" })).status).toBe(403);
    expect((await revoke("alice", { agent: "planner" })).status).toBe(201);
    expect([await alive(parent), await alive(child)]).toEqual([false, false]);
  });

  test("of an agent that nobody registered is admin's alone", async () => {
    const token = await tokenOf({ client_id: "stray" });
    expect((await revoke("alice", { agent: "stray" })).status).toBe(403);
    expect((await revoke("root", { agent: "stray" })).status).toBe(201);
    expect(await alive(token)).toBe(false);
  });

  test("is refused for what is somebody else's, in the same words as for what does not exist", async () => {
    const token = await tokenOf();
    const absent = "01890000-0000-7000-8000-000000000000";
    for (const body of [
      ...["jti", "dlg", "root", "sid"].map((name) => ({ [name]: claim(token, name) })),
      { jti: absent },
      { dlg: absent },
      { sid: "nobody's" },
    ]) {
      const answer = await revoke("bob", body);
      expect([answer.status, answer.body["detail"]]).toEqual([403, "this belongs to somebody else"]);
    }
    expect(await alive(token)).toBe(true);
    expect((await revoke("root", { jti: absent })).status).toBe(404);
    expect((await revoke("root", { jti: claim(token, "jti") })).status).toBe(201);
  });

  test.each([
    [{}],
    [{ jti: "x" }],
    [{ jti: "", dlg: "" }],
    [{ sid: "a", agent: "b" }],
    [{ user: "alice" }],
    [{ user: { iss: "x" } }],
    [[]],
    [null],
    [{ text: "x" }],
  ])("names exactly one thing: %j", async (body) => {
    expect((await revoke("root", body)).status).toBe(400);
  });

  test("O01: stands in the audit trail with who did it", async () => {
    const token = await tokenOf();
    await revoke("root", { dlg: claim(token, "dlg") });
    expect(at.auditRows("revocation.create").at(-1)).toMatchObject({
      decision: "allow",
      reason: "dlg",
      root: claim(token, "root"),
      resource: claim(token, "dlg"),
    });
  });
});

describe("suspending and removing an agent", () => {
  test.each([
    [
      "suspended",
      () => at.ask("PATCH", "/attach/v1/agents/worker", { as: "alice", body: { status: "suspended" } }),
    ],
    ["removed", () => at.ask("DELETE", "/attach/v1/agents/worker", { as: "alice" })],
  ] as const)("T10: one that is %s has no live token and gets no new one", async (_name, end) => {
    await at.ask("DELETE", "/attach/v1/agents/worker", { as: "alice" });
    const { secret } = (await at.register("worker")).body;
    const worker = { client_id: "worker", client_secret: String(secret) };
    at.gateway.clock.advance(1);
    const [forUser, child] = [await tokenOf(worker), ""];
    expect([await alive(forUser), child]).toEqual([true, ""]);
    expect((await end()).status).toBeLessThan(300);
    expect(await alive(forUser)).toBe(false);
    expect((await at.exchange(worker)).status).toBe(401);
  });

  test("T10: one that is resumed goes on with new tokens; the old ones stay dead", async () => {
    const { secret } = (await at.register("sleeper")).body;
    const sleeper = { client_id: "sleeper", client_secret: String(secret) };
    const old = await tokenOf(sleeper);
    const set = (status: string) =>
      at.ask("PATCH", "/attach/v1/agents/sleeper", { as: "alice", body: { status } });
    await set("suspended");
    await set("active");
    at.gateway.clock.advance(1);
    expect([await alive(old), await alive(await tokenOf(sleeper))]).toEqual([false, true]);
  });
});

describe("/oauth/revoke", () => {
  test("S07: a forged token with a live jti and dlg kills nothing", async () => {
    const token = await tokenOf();
    const forged = signToken(at.gateway.key, decodeJwt(token), { typ: "at+jwt" });
    for (const fake of [forged, `${token.split(".").slice(0, 2).join(".")}.AAAA`, `${token}A`]) {
      const form = new URLSearchParams({ token: fake, client_id: "research-agent" });
      expect((await at.gateway.post("/oauth/revoke", form)).status).toBe(200);
    }
    expect(await alive(token)).toBe(true);
  });

  test("T06: a registered agent revokes its own by its credential only, and nobody else's", async () => {
    const { secret } = (await at.register("careful")).body;
    const careful = { client_id: "careful", client_secret: String(secret) };
    const [own, other] = [await tokenOf(careful), await tokenOf()];
    const post = (token: string, client: Readonly<Record<string, string>>) =>
      at.gateway.post("/oauth/revoke", new URLSearchParams({ token, ...client }));
    expect((await post(own, { client_id: "careful" })).status).toBe(401);
    expect((await post(own, { client_id: "research-agent" })).body["error"]).toBe("unauthorized_client");
    expect((await post(other, careful)).body["error"]).toBe("unauthorized_client");
    expect([await alive(own), await alive(other)]).toEqual([true, true]);
    expect((await post(own, careful)).status).toBe(200);
    expect([await alive(own), await alive(other)]).toEqual([false, true]);
  });
});

describe("lists", () => {
  test("T12: tokens are listed as CONTRACT §3 has them, newest first, without their text", async () => {
    const { parent, child } = await family();
    await revoke("alice", { dlg: claim(child, "dlg") });
    const list = await at.ask("GET", "/attach/v1/tokens?limit=2", { as: "alice" });
    const [first, second] = list.body["items"] as Record<string, unknown>[];
    expect(Object.keys(second ?? {}).sort()).toEqual(
      ["agent", "dlg", "exp", "iat", "jti", "parent", "root", "scopes", "sid"].sort(),
    );
    expect(first).toMatchObject({ jti: claim(child, "jti"), agent: "coder", parent: claim(parent, "dlg") });
    expect(first?.["revokedAt"]).toMatch(/^\d{4}-.*Z$/);
    expect(new Date(String(second?.["exp"])).getTime()).toBe(Number(decodeJwt(parent).exp) * 1000);
    const text = JSON.stringify((await at.ask("GET", "/attach/v1/tokens?limit=200", { as: "root" })).body);
    expect(text).toContain(claim(parent, "jti"));
    expect(text).not.toContain(parent.split(".")[2]);
    const bobs = await at.ask("GET", "/attach/v1/tokens", { as: "bob" });
    expect(bobs.body).toEqual({ items: [], next: null });
  });

  test("grants are made by their user within what they may, listed, and taken back", async () => {
    const grant = (as: string, body: object) => at.ask("POST", "/attach/v1/grants", { as, body });
    const made = await grant("hal", { agent: "coder", scopes: ["llm:read"], expiresIn: 3600 });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ agent: "coder", scopes: ["llm:read"], owner: { sub: "hal" } });
    for (const body of [
      { agent: "coder", scopes: ["admin"] },
      { agent: "coder", scopes: ["no:such"] },
      { agent: "coder", scopes: [] },
      { agent: "coder" },
      { agent: "coder", scopes: ["llm:read"], owner: { iss: at.issuer, sub: "bob" } },
    ]) {
      expect([400, 403]).toContain((await grant("hal", body)).status);
    }
    const path = `/attach/v1/grants/${made.body["id"]}`;
    expect((await at.ask("DELETE", path, { as: "bob" })).status).toBe(403);
    expect((await at.ask("GET", "/attach/v1/grants", { as: "bob" })).ids()).toEqual([]);
    expect((await at.ask("GET", "/attach/v1/grants", { as: "hal" })).ids()).toEqual([made.body["id"]]);
    expect((await at.ask("DELETE", path, { as: "hal" })).status).toBe(204);
    const [after] = (await at.ask("GET", "/attach/v1/grants", { as: "hal" })).body["items"] as object[];
    expect(after).toHaveProperty("revokedAt");
    expect((await at.ask("DELETE", path, { as: "hal" })).status).toBe(404);
  });
});
