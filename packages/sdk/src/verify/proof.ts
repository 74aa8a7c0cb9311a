import { encodeBase64url } from "../base64url.ts";
import { toMembers } from "../bounded-body.ts";
import { parseJws } from "./parse-token.ts";
import { importPublicJwk, isSignedBy, thumbprintInput } from "./public-key.ts";

export interface ProofQuestion {
  readonly proof: string;
  readonly token: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt: string;
  readonly method: string;
  /** Where the caller believes it is. */
  readonly url: URL;
}

/** How far a proof's `iat` may be from our clock, either way, in milliseconds. */
const WINDOW_MS = 60_000;

/** Is this proof by the token's key, for this very request, made just now, and new (RFC 9449 §4.3)? ES256, as our SDK signs. */
export async function isProved(
  { proof, token, jkt, method, url }: ProofQuestion,
  now: number,
): Promise<boolean> {
  const jws = parseJws(proof);
  const jwk = toMembers(jws?.header.get("jwk"));
  if (jws === undefined || jwk === undefined || jws.header.has("crit")) return false;
  if (jws.header.get("typ") !== "dpop+jwt" || jws.header.get("alg") !== "ES256") return false;
  const [htm, htu, iat, jti, ath] = ["htm", "htu", "iat", "jti", "ath"].map((name) => jws.claims.get(name));
  if (htm !== method || typeof htu !== "string" || !isSameTarget(htu, url)) return false;
  if (typeof iat !== "number" || Math.abs(now - iat * 1000) > WINDOW_MS) return false;
  if (typeof jti !== "string" || jti === "" || jti.length > 255 || ath !== (await hash(token))) return false;
  const key = await importPublicJwk(Object.fromEntries(jwk));
  if (key?.alg !== "ES256" || (await hash(thumbprintInput(jwk))) !== jkt) return false;
  if (!(await isSignedBy(key, jws.signature, jws.input))) return false;
  return useOnce(`${jkt} ${jti}`, iat * 1000 + WINDOW_MS, now);
}

function isSameTarget(htu: string, { origin, pathname }: URL): boolean {
  try {
    const named = new URL(htu);
    return (
      named.origin === origin && named.pathname === pathname && named.username === "" && named.password === ""
    );
  } catch {
    return false;
  }
}

async function hash(text: string): Promise<string> {
  return encodeBase64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Proofs that were used in this program, until they are over; full, it refuses rather than forgets. */
const MAX_USED = 100_000;
const used = new Map<string, number>();

function useOnce(key: string, until: number, now: number): boolean {
  if (used.has(key)) return false;
  if (used.size >= MAX_USED) for (const [one, end] of used) if (end < now) used.delete(one);
  if (used.size >= MAX_USED) return false;
  used.set(key, until);
  return true;
}
