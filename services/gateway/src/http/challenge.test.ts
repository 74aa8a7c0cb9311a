import { expect, test } from "vitest";
import { credentialsRequired, insufficientScope, tokenRefused } from "./challenge.ts";

const METADATA = 'resource_metadata="https://gw.example/.well-known/oauth-protected-resource"';

const ALGS = 'algs="ES256 EdDSA Ed25519 PS256 RS256"';

test("a 401 always says where to learn who issues tokens, and gives no error code when nothing was presented", () => {
  const { status, headers } = credentialsRequired("https://gw.example");
  expect(status).toBe(401);
  expect(headers["WWW-Authenticate"]).toBe(`Bearer ${METADATA}, DPoP ${ALGS}, ${METADATA}`);
});

test("tells unknown keys and bad signatures in the same words", () => {
  expect(tokenRefused("https://gw.example", "unknown_key").message).toBe(
    tokenRefused("https://gw.example", "bad_signature").message,
  );
});

test("a provider that cannot be reached is our trouble, not the caller's", () => {
  const { status, headers } = tokenRefused("https://gw.example", "issuer_unavailable");
  expect(status).toBe(503);
  expect(headers["Retry-After"]).toBe("5");
});

test("a 403 names the scope that would have been enough", () => {
  const { status, headers } = insufficientScope("https://gw.example", "llm:admin");
  expect(status).toBe(403);
  expect(headers["WWW-Authenticate"]).toContain('error="insufficient_scope"');
  expect(headers["WWW-Authenticate"]).toContain('scope="llm:admin"');
});
