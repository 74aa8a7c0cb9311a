import { ok, type Result, refuse } from "../core/result.ts";
import { isJsonObject, type JsonObject, parseStrictJson } from "../core/strict-json.ts";
import { decodeBase64url } from "./base64url.ts";

/** Longest token that is looked at, in characters. Half of what Node takes as request head, and ample for a fat IdP token. */
export const MAX_TOKEN_LENGTH = 8192;
/** A header is flat; a little room for private members. */
const MAX_HEADER_DEPTH = 4;
const MAX_KID_LENGTH = 255;

/**
 * Members that change how a token is read or bring their own key. `crit` and `b64` (RFC 7797) alter the processing, the others
 * name or carry a key or a compression that the sender chose (RFC 8725 §3.1, §3.10). None has a use here: refused, not ignored.
 */
const REFUSED_MEMBERS = ["crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"] as const;
/** A DPoP proof proves the very key that it carries (RFC 9449 §4.2): there `jwk`, and nothing else of these, is expected. */
const REFUSED_IN_PROOFS = REFUSED_MEMBERS.filter((name) => name !== "jwk");

/** A compact JWS whose form is beyond doubt. Its signature has not been looked at. */
export interface ParsedJws {
  /** The text itself, exactly as it was parsed. */
  readonly token: string;
  readonly alg: string;
  readonly kid: string | undefined;
  /** Lower case, without `application/` (RFC 7515 §4.1.9); `undefined` where the header has none. */
  readonly typ: string | undefined;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** A JWS that brings its own key. Good for nothing but showing that its sender holds it. */
export interface ParsedProofJws extends ParsedJws {
  readonly jwk: JsonObject;
}

export type JwsRefusal = "malformed" | "unsupported_algorithm" | "unsupported_header";

/** Reads a compact JWS (RFC 7515 §7.1) strictly: one spelling, one meaning. Pure. */
export function parseJws(token: string): Result<ParsedJws, JwsRefusal> {
  const read = readCompact(token, REFUSED_MEMBERS);
  return read.ok ? ok(read.value.jws) : read;
}

/** The same for a proof: its header must carry a `jwk`. */
export function parseProofJws(token: string): Result<ParsedProofJws, JwsRefusal> {
  const read = readCompact(token, REFUSED_IN_PROOFS);
  if (!read.ok) return read;
  const { jwk } = read.value.members;
  return isJsonObject(jwk) ? ok({ ...read.value.jws, jwk }) : refuse("malformed");
}

function readCompact(
  token: string,
  refused: readonly string[],
): Result<{ readonly jws: ParsedJws; readonly members: JsonObject }, JwsRefusal> {
  if (token.length > MAX_TOKEN_LENGTH) return refuse("malformed");
  const parts = token.split(".", 4);
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || header === undefined || payload === undefined) return refuse("malformed");
  if (signature === undefined) return refuse("malformed");
  const members = parseStrictJson(header, MAX_HEADER_DEPTH);
  if (!isJsonObject(members)) return refuse("malformed");
  const read = readHeader(members, refused);
  if (!read.ok) return read;
  // An unsigned token is answered by its algorithm above, so that its owner is told what is wrong.
  if (signature.length === 0) return refuse("malformed");
  return ok({ jws: { token, ...read.value, payload, signature }, members });
}

function readHeader(
  header: JsonObject,
  refused: readonly string[],
): Result<Pick<ParsedJws, "alg" | "kid" | "typ">, JwsRefusal> {
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || alg === "") return refuse("malformed");
  if (alg.toLowerCase() === "none") return refuse("unsupported_algorithm");
  if (refused.some((name) => Object.hasOwn(header, name))) return refuse("unsupported_header");
  if (kid !== undefined && (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH)) {
    return refuse("malformed");
  }
  if (typ !== undefined && typeof typ !== "string") return refuse("malformed");
  return ok({ alg, kid, typ: typ?.toLowerCase().replace(/^application\//, "") });
}
