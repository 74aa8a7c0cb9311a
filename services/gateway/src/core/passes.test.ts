import { expect, test } from "vitest";
import { createPasses } from "./passes.ts";
import type { UserPrincipal } from "./principal.ts";

const ALICE: UserPrincipal = {
  kind: "user",
  owner: { iss: "https://idp.example", sub: "alice", tenant: null },
  scopes: new Set(["llm:read"]),
  expiresAt: 2_000,
  issuedAt: 0,
  jti: null,
  audiences: [],
  jkt: null,
};

function book({ now = 1_000, revoked = false } = {}) {
  return createPasses({ clock: { now: () => now }, isRevoked: () => revoked });
}

test("lets somebody in once, as who they were", () => {
  const passes = book();
  const pass = passes.admit(ALICE);
  expect(passes.judge(pass)).toEqual({ ok: true, value: ALICE });
  expect(passes.judge(pass)).toEqual({ ok: false, reason: "malformed" });
});

test("knows nothing of other bearers, and refuses one that it did not make", () => {
  const passes = book();
  expect(passes.judge("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")).toBeUndefined();
  expect(passes.judge("local-pass:")).toEqual({ ok: false, reason: "malformed" });
  expect(passes.judge(book().admit(ALICE))).toEqual({ ok: false, reason: "malformed" });
});

test("refuses who has expired or was revoked meanwhile, and a pass that was withdrawn", () => {
  const late = book({ now: 2_000 });
  expect(late.judge(late.admit(ALICE))).toEqual({ ok: false, reason: "expired" });
  const revoked = book({ revoked: true });
  expect(revoked.judge(revoked.admit(ALICE))).toEqual({ ok: false, reason: "revoked" });
  const passes = book();
  const pass = passes.admit(ALICE);
  passes.withdraw(pass);
  expect(passes.judge(pass)).toEqual({ ok: false, reason: "malformed" });
});
