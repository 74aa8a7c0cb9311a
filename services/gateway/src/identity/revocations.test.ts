import { describe, expect, test } from "vitest";
import { manualClock } from "../../../../test/support/identity/manual-clock.ts";
import { uuidv7 } from "../core/ids.ts";
import { ownerKey } from "../core/owner.ts";
import type { RevocationRecord } from "../core/ports/revocations.ts";
import type { AgentPrincipal, ServicePrincipal, UserPrincipal } from "../core/principal.ts";
import { createRevocations } from "./revocations.ts";

const ISSUER = "http://gateway.test";
const NOW = 1_800_000_000_000;
const OWNER = { iss: "https://idp.test", sub: "alice", tenant: null };
const UNTIL = NOW + 3_600_000;

const agent = (changes: Partial<AgentPrincipal> = {}): AgentPrincipal => ({
  kind: "agent",
  owner: OWNER,
  scopes: new Set(["llm:read"]),
  jti: uuidv7(NOW),
  issuedAt: Math.floor(NOW / 1000) * 1000,
  expiresAt: NOW + 300_000,
  audiences: ["http://gateway.test"],
  jkt: null,
  agent: "coder",
  act: { sub: "coder", iss: "x", act: { sub: "research", iss: "x" } },
  agentAuth: "none",
  session: "s1",
  delegation: "d2",
  root: "d1",
  ancestors: ["d1"],
  ...changes,
});

const user = (changes: Partial<UserPrincipal> = {}): UserPrincipal => ({
  kind: "user",
  owner: OWNER,
  scopes: new Set(),
  jti: null,
  issuedAt: NOW - 1000,
  expiresAt: NOW + 300_000,
  audiences: [],
  jkt: null,
  ...changes,
});

const account = (changes: Partial<ServicePrincipal> = {}): ServicePrincipal => ({
  ...user(),
  kind: "service",
  owner: { iss: ISSUER, sub: "nightly", tenant: null },
  jti: uuidv7(NOW),
  account: { client: "nightly", session: "s9", delegation: "d9" },
  ...changes,
});

const record = (kind: RevocationRecord["kind"], value: string, at = NOW): RevocationRecord => ({
  kind,
  value,
  at,
  until: UNTIL,
});

function revoked(...records: readonly RevocationRecord[]) {
  const view = createRevocations({ clock: manualClock(NOW) });
  for (const one of records) view.apply(one);
  return view;
}

describe("revocations", () => {
  test("kill nothing that they do not name", () => {
    const view = revoked(
      record("jti", "other"),
      record("dlg", "d3"),
      record("sid", "s2"),
      record("agent", "planner"),
      record("user", ownerKey({ iss: "https://other.test", sub: "alice" })),
    );
    expect(view.isRevoked(agent())).toBe(false);
    expect(view.isRevoked(user())).toBe(false);
  });

  test.each([
    ["a token", record("jti", agent({ jti: "j" }).jti)],
    ["a delegation", record("dlg", "d2")],
    ["an ancestor", record("dlg", "d1")],
    ["a session", record("sid", "s1")],
    ["an agent", record("agent", "coder")],
    ["an agent further up the chain", record("agent", "research")],
    ["a user", record("user", ownerKey(OWNER))],
  ])("of %s take effect at once", (_name, one) => {
    const view = createRevocations({ clock: manualClock(NOW) });
    const principal = one.kind === "jti" ? agent({ jti: "j" }) : agent();
    expect(view.isRevoked(principal)).toBe(false);
    view.apply(one);
    expect(view.isRevoked(principal)).toBe(true);
  });

  test("S12: epochs compare in milliseconds: a token of the same second lives, one of the same millisecond does not", () => {
    for (const one of [record("sid", "s1"), record("agent", "coder"), record("user", ownerKey(OWNER))]) {
      const view = revoked(one);
      expect(view.isRevoked(agent({ jti: uuidv7(NOW - 1) }))).toBe(true);
      expect(view.isRevoked(agent({ jti: uuidv7(NOW) }))).toBe(true);
      expect(view.isRevoked(agent({ jti: uuidv7(NOW + 1) }))).toBe(false);
    }
  });

  test("S12: revoking a session leaves the user's own token good, revoking the user does not", () => {
    expect(revoked(record("sid", "s1"), record("agent", "alice")).isRevoked(user())).toBe(false);
    const view = revoked(record("user", ownerKey(OWNER)));
    expect(view.isRevoked(user())).toBe(true);
    expect(view.isRevoked(user({ issuedAt: NOW + 1 }))).toBe(false);
  });

  test("a user token that tells no iat is older than any epoch", () => {
    expect(revoked(record("user", ownerKey(OWNER))).isRevoked(user({ issuedAt: 0 }))).toBe(true);
    expect(revoked().isRevoked(user({ issuedAt: 0 }))).toBe(false);
  });

  test("an older record does not undo a newer one, in any order", () => {
    const view = revoked(record("sid", "s1", NOW), record("sid", "s1", NOW - 5000));
    expect(view.isRevoked(agent())).toBe(true);
  });

  test("are forgotten once nothing they could kill is alive", () => {
    const clock = manualClock(NOW);
    const view = createRevocations({ clock });
    view.apply(record("dlg", "d1"));
    clock.advance(3_600_000);
    for (let i = 0; i < 10; i++) view.apply({ ...record("jti", `x${i}`), until: UNTIL + 1 });
    expect(view.isRevoked(agent())).toBe(false);
  });

  test("bounded memory fails closed: what is folded away stays dead, and so does all of its age", () => {
    const view = createRevocations({ clock: manualClock(NOW), maxRecords: 3 });
    const [first, later] = [
      agent({ jti: uuidv7(NOW) }),
      agent({ jti: uuidv7(NOW + 10), delegation: "z", ancestors: [] }),
    ];
    view.apply(record("jti", first.jti, NOW));
    for (let i = 0; i < 3; i++) view.apply(record("jti", `x${i}`, NOW + 5));
    expect(view.isRevoked(first)).toBe(true);
    expect(view.isRevoked(later)).toBe(false);
    expect(view.isRevoked(user())).toBe(false);
  });

  test("bounded memory fails closed for users too", () => {
    const view = createRevocations({ clock: manualClock(NOW), maxRecords: 2 });
    for (const sub of ["alice", "b", "c"]) view.apply(record("user", ownerKey({ iss: OWNER.iss, sub })));
    expect(view.isRevoked(user())).toBe(true);
    expect(view.isRevoked(user({ issuedAt: NOW + 1000 }))).toBe(false);
  });

  test("T10: a service account's tokens die with its agent record and by their id; another issuer's by neither", () => {
    const mine = account();
    const { account: _, ...foreign } = mine;
    const killers = [
      record("agent", "nightly"),
      record("jti", mine.jti ?? ""),
      record("dlg", "d9"),
      record("sid", "s9"),
    ];
    for (const one of killers) {
      const view = revoked(one);
      expect(view.isRevoked(mine)).toBe(true);
      expect(view.isRevoked(foreign)).toBe(false);
    }
    expect(revoked(record("agent", "nightly")).isRevoked(account({ jti: uuidv7(NOW + 1) }))).toBe(false);
  });

  test("are told of once each, and not when they were in effect", () => {
    const view = createRevocations({ clock: manualClock(NOW) });
    let told = 0;
    view.onApplied(() => {
      told++;
    });
    for (const one of [
      record("dlg", "d1"),
      record("dlg", "d1"),
      record("sid", "s", NOW + 1),
      record("sid", "s"),
    ])
      view.apply(one);
    expect(told).toBe(2);
  });
});
