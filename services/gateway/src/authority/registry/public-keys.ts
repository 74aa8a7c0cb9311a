import { createPublicKey, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { ok, type Result, refuse } from "../../core/result.ts";

/** The private and symmetric members of RFC 7518 §6. */
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const MAX_KID = 255;

type Profile = { readonly alg: string; readonly members: readonly string[] };

/** The algorithms an assertion may be signed with, by the kind of key (RFC 7518 §3.1, RFC 8037 §3.1). */
function profileOf({ kty, crv }: JWK): Profile | undefined {
  if (kty === "EC" && crv === "P-256") return { alg: "ES256", members: ["crv", "x", "y"] };
  if (kty === "RSA") return { alg: "RS256", members: ["n", "e"] };
  if (kty === "OKP" && crv === "Ed25519") return { alg: "EdDSA", members: ["crv", "x"] };
  return undefined;
}

/**
 * The keys that an agent proves itself by: public ones of ES256, RS256 or EdDSA. Only the members that say what the key is
 * are kept, so that no link or certificate is ever followed.
 * @returns what is wrong, in words for whoever sent it
 */
export function readPublicKeys(keys: readonly object[]): Result<{ readonly keys: readonly JWK[] }, string> {
  const read: JWK[] = [];
  for (const [index, key] of keys.entries()) {
    const judged = readPublicKey(key as JWK);
    if (!judged.ok) return refuse(`jwks.keys[${index}]: ${judged.reason}`);
    read.push(judged.value);
  }
  const ids = read.map(({ kid }) => kid);
  if (read.length > 1 && (ids.includes(undefined) || new Set(ids).size < ids.length)) {
    return refuse("jwks: several keys need a kid each, and no two the same");
  }
  return ok({ keys: read });
}

function readPublicKey(key: JWK): Result<JWK, string> {
  const secret = PRIVATE.find((name) => Object.hasOwn(key, name));
  if (secret !== undefined)
    return refuse(`"${secret}" is of a private or shared key: send the public half only`);
  const profile = profileOf(key);
  if (profile === undefined) return refuse("the key is none of EC P-256, RSA and OKP Ed25519");
  const { kid, use, alg, key_ops: operations } = key;
  if (kid !== undefined && (typeof kid !== "string" || kid === "" || kid.length > MAX_KID))
    return refuse("kid is 1 to 255 characters");
  if (use !== undefined && use !== "sig") return refuse("the key is not for signatures");
  if (alg !== undefined && alg !== profile.alg) return refuse(`a key of this kind signs with ${profile.alg}`);
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")))
    return refuse("the key is not for verifying");
  const members = profile.members.map((name) => [name, key[name as keyof JWK]] as const);
  const kept = { kty: key.kty, ...Object.fromEntries(members) } as JWK;
  const imported = importKey(kept);
  if (imported === undefined) return refuse("the key is malformed");
  const fault = key.kty === "RSA" ? faultOfRsa(imported) : undefined;
  if (fault !== undefined) return refuse(fault);
  // As node writes it: one spelling for one key.
  const canonical = imported.export({ format: "jwk" }) as JWK;
  return ok({ ...canonical, ...(kid === undefined ? {} : { kid }), alg: profile.alg, use: "sig" });
}

function importKey(key: JWK): KeyObject | undefined {
  try {
    return createPublicKey({ key: key as Record<string, unknown>, format: "jwk" });
  } catch {
    return undefined;
  }
}

function faultOfRsa(key: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS)
    return `an RSA key has ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits`;
  return publicExponent < 65537n || publicExponent % 2n === 0n ? "the RSA exponent is too small" : undefined;
}
