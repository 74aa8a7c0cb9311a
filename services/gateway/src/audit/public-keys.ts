import { createHash, createPublicKey } from "node:crypto";
import type { SigningAlgorithm } from "../core/ports/keys.ts";
import type { FindKey } from "./statement.ts";

/** A JWK as it was read: nothing about it is certain. */
export type Jwk = Readonly<Record<string, unknown>>;

/** The members that make an RFC 7638 thumbprint, in its order, by key type. */
const THUMBPRINT: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
};

/**
 * Keys by their thumbprint, worked out anew: a key that somebody put under another's id is not found by it.
 * Members that are no ES256 or RS256 key are left out. Pure.
 */
export function keysOf(jwks: readonly Jwk[]): FindKey {
  const keys = new Map<string, ReturnType<FindKey>>();
  for (const jwk of jwks) {
    const alg = algorithmOf(jwk);
    const kid = thumbprint(jwk);
    if (alg === undefined || kid === undefined) continue;
    try {
      keys.set(kid, { alg, publicKey: createPublicKey({ key: { ...jwk }, format: "jwk" }) });
    } catch {
      // Not a point on the curve and the like: then nothing is signed by it.
    }
  }
  return (kid) => keys.get(kid);
}

function algorithmOf({ kty, crv }: Jwk): SigningAlgorithm | undefined {
  if (kty === "EC" && crv === "P-256") return "ES256";
  return kty === "RSA" ? "RS256" : undefined;
}

function thumbprint(jwk: Jwk): string | undefined {
  const names = THUMBPRINT[String(jwk["kty"])];
  if (names === undefined || !names.every((name) => typeof jwk[name] === "string")) return undefined;
  const members = Object.fromEntries(names.map((name) => [name, jwk[name]]));
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}
