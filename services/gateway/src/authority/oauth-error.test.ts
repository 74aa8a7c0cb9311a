import { expect, test } from "vitest";
import { toOAuthError } from "./oauth-error.ts";

test("a description never breaks the characters that RFC 6749 §5.2 allows, nor grows without bound", () => {
  const withheld = Array.from({ length: 64 }, () => "x".repeat(2000));
  const { description } = toOAuthError({ kind: "scope_exceeded", withheld });
  expect(description.length).toBeLessThan(1600);
  expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
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
