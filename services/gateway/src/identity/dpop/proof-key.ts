import { hash, type KeyObject } from "node:crypto";
import type { JsonObject } from "../../core/strict-json.ts";
import { readJwk } from "../oidc/jwk.ts";

/** A proof comes from anybody who is not known yet: a longer key would only cost us more. */
const MAX_RSA_BITS = 4096;

/** RFC 7638 §3.2: the members that make a key, in the order of the thumbprint. */
const REQUIRED_MEMBERS: ReadonlyMap<string | undefined, readonly ("crv" | "e" | "kty" | "n" | "x" | "y")[]> =
  new Map([
    ["EC", ["crv", "kty", "x", "y"]],
    ["OKP", ["crv", "kty", "x"]],
    ["RSA", ["e", "kty", "n"]],
  ]);
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const;

/** The public key that a proof carries. */
export interface ProofKey {
  readonly publicKey: KeyObject;
  readonly algorithms: ReadonlySet<string>;
  /** RFC 7638, SHA-256, base64url. */
  readonly jkt: string;
}

/**
 * The `jwk` of a proof's header (RFC 9449 §4.2) → a sound public key.
 * @returns `undefined` for anything else: a private or symmetric key, one that no accepted algorithm serves, one that is spelled in
 * another way than its thumbprint
 */
export function readProofKey(jwk: JsonObject, accepted: readonly string[]): ProofKey | undefined {
  // Whoever sends a private key has shown it to everybody on the way.
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined;
  const key = readJwk(jwk, accepted);
  if (typeof key === "string") return undefined;
  const { publicKey, algorithms } = key;
  if ((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS) return undefined;
  const jkt = thumbprintAsSpelled(jwk, publicKey);
  return jkt === undefined ? undefined : { publicKey, algorithms, jkt };
}

/** One key, one thumbprint: base64url with bits left over or zeros in front would make several. */
function thumbprintAsSpelled(jwk: JsonObject, publicKey: KeyObject): string | undefined {
  const canonical = publicKey.export({ format: "jwk" });
  const members = REQUIRED_MEMBERS.get(canonical.kty) ?? [];
  if (members.length === 0 || !members.every((name) => jwk[name] === canonical[name])) return undefined;
  const text = JSON.stringify(Object.fromEntries(members.map((name) => [name, canonical[name]])));
  return hash("sha256", text, "base64url");
}

/** Most keys kept ready: reading one costs a third of checking a signature. */
const MAX_KEYS = 2048;

/** The keys of tokens in use, by thumbprint. Only whoever holds a bound token gets one in. */
export interface ProofKeys {
  /** The key of this `jwk`, if its thumbprint is `jkt`. */
  find(jwk: JsonObject, jkt: string): ProofKey | undefined;
}

export function createProofKeys(accepted: readonly string[]): ProofKeys {
  const known = new Map<string, { readonly spelling: string; readonly key: ProofKey }>();
  return {
    find(jwk, jkt) {
      const spelling = JSON.stringify(jwk);
      const entry = known.get(jkt);
      if (entry?.spelling === spelling) return entry.key;
      const key = readProofKey(jwk, accepted);
      if (key?.jkt !== jkt) return undefined;
      if (known.size >= MAX_KEYS) known.clear();
      known.set(jkt, { spelling, key });
      return key;
    },
  };
}
