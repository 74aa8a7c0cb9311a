import { hash, randomUUID } from "node:crypto";
import { signToken, type TestKey } from "./tokens.ts";

/** The members of a public key and no others, as a proof carries them (RFC 9449 §4.2). */
export function publicJwk({ publicKey }: Pick<TestKey, "publicKey">): Record<string, unknown> {
  return { ...publicKey.export({ format: "jwk" }) };
}

/** RFC 7638, written apart from the code under test. */
export function thumbprint(key: Pick<TestKey, "publicKey">): string {
  const { kty, crv, x, y, n, e } = publicJwk(key);
  const members = kty === "RSA" ? { e, kty, n } : kty === "EC" ? { crv, kty, x, y } : { crv, kty, x };
  return hash("sha256", JSON.stringify(members), "base64url");
}

/** RFC 9449 §4.2, `ath`. */
export function tokenHash(token: string): string {
  return hash("sha256", token, "base64url");
}

/** A proof as a client makes it; `claims` and `header` add to it or override it (`undefined` takes a member out). */
export function makeProof(key: TestKey, claims: object, header: object = {}): string {
  const whole = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims };
  const head = { typ: "dpop+jwt", jwk: publicJwk(key), kid: undefined, ...header };
  return signToken(key, whole, head);
}
