import { describe, expect, test } from "vitest";
import { toOAuthError } from "./oauth-error.ts";
import type { AuthorityRefusal } from "./refusal.ts";

const LEGAL = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

test("a description never breaks the characters that RFC 6749 §5.2 allows, nor grows without bound", () => {
  const withheld = Array.from({ length: 64 }, () => "x".repeat(2000));
  const { description } = toOAuthError({ kind: "scope_exceeded", withheld });
  expect(description.length).toBeLessThan(1600);
  expect(description).toMatch(LEGAL);
});

test("nor where it names agents, whose ids may hold quotes", () => {
  const id = `a"b\\c`.padEnd(255, "x");
  const hostile: AuthorityRefusal[] = [
    { kind: "delegation_not_permitted", from: id, to: id },
    { kind: "chain_cycle", agent: id },
  ];
  for (const refusal of hostile) expect(toOAuthError(refusal).description).toMatch(LEGAL);
});

test("an unacceptable subject is invalid_request; one that nobody could judge is worth another try", () => {
  expect(toOAuthError({ kind: "subject_refused", refusal: "expired" })).toMatchObject({
    status: 400,
    error: "invalid_request",
  });
  expect(toOAuthError({ kind: "subject_refused", refusal: "issuer_unavailable" })).toMatchObject({
    status: 503,
    error: "temporarily_unavailable",
  });
});

describe("every refusal has the name that its RFC gives it", () => {
  const names: readonly [string, number, AuthorityRefusal][] = [
    ["invalid_client", 401, { kind: "client_credential_missing" }],
    ["invalid_client", 401, { kind: "introspection_unauthenticated" }],
    ["invalid_client", 401, { kind: "client_credential_wrong" }],
    ["invalid_client", 401, { kind: "client_assertion_refused", reason: "used_before" }],
    ["invalid_client", 401, { kind: "client_suspended" }],
    ["invalid_client", 401, { kind: "client_has_no_account" }],
    // RFC 8693 §2.2.2: an actor, or a pair, that is unacceptable by policy is the request's fault.
    ["invalid_request", 400, { kind: "actor_refused", reason: "not_the_client" }],
    ["invalid_request", 400, { kind: "actor_not_permitted" }],
    ["invalid_request", 400, { kind: "chain_too_deep", max: 3 }],
    ["invalid_request", 400, { kind: "policy_refused", policy: "v1:never" }],
    ["invalid_request", 400, { kind: "renewal_unproven" }],
    ["invalid_target", 400, { kind: "target_unknown" }],
    ["invalid_scope", 400, { kind: "scope_empty" }],
    // What was granted is at its end: told apart from a bad subject, so that a client knows to begin anew.
    ["invalid_grant", 400, { kind: "delegation_unknown" }],
    ["invalid_grant", 400, { kind: "delegation_revoked" }],
    ["invalid_grant", 400, { kind: "delegation_ended" }],
    ["invalid_dpop_proof", 400, { kind: "proof_refused", refusal: "invalid_dpop_proof" }],
    ["use_dpop_nonce", 400, { kind: "proof_refused", refusal: "dpop_nonce_required" }],
    ["server_error", 503, { kind: "store_unavailable" }],
  ];

  test.each(names)("%s (%i) for %o", (error, status, refusal) => {
    const answer = toOAuthError(refusal);
    expect(answer).toMatchObject({ error, status });
    expect(answer.description).toMatch(LEGAL);
  });

  test("a policy's name is for the audit trail, not for the caller", () => {
    const { description } = toOAuthError({ kind: "policy_refused", policy: "v1:secret-rule" });
    expect(description).not.toContain("secret-rule");
  });
});
