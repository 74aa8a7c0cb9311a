import { ok, type Result, refuse } from "../core/result.ts";
import { decodeBase64url } from "./base64url.ts";
import { isJsonObject, type JsonObject, parseStrictJson } from "./strict-json.ts";

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

/** A compact JWS whose form is beyond doubt. Its signature has not been looked at. */
export interface ParsedJws {
  /** The text itself, exactly as it was parsed. */
  readonly token: string;
  readonly alg: string;
  readonly kid: string | undefined;
  /** Lower case, without `application/` (RFC 7515 §4.1.9); `undefined` where the header has none. */
  readonly typ: string | undefined;
  readonly payload: Buffer;
}

export type JwsRefusal = "malformed" | "unsupported_algorithm" | "unsupported_header";

/** Reads a compact JWS (RFC 7515 §7.1) strictly: one spelling, one meaning. Pure. */
export function parseJws(token: string): Result<ParsedJws, JwsRefusal> {
  if (token.length > MAX_TOKEN_LENGTH) return refuse("malformed");
  const parts = token.split(".", 4);
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || header === undefined || payload === undefined) return refuse("malformed");
  if (signature === undefined) return refuse("malformed");
  const members = parseStrictJson(header, MAX_HEADER_DEPTH);
  if (!isJsonObject(members)) return refuse("malformed");
  const read = readHeader(members);
  if (!read.ok) return read;
  // An unsigned token is answered by its algorithm above, so that its owner is told what is wrong.
  if (signature.length === 0) return refuse("malformed");
  return ok({ token, ...read.value, payload });
}

function readHeader(header: JsonObject): Result<Pick<ParsedJws, "alg" | "kid" | "typ">, JwsRefusal> {
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || alg === "") return refuse("malformed");
  if (alg.toLowerCase() === "none") return refuse("unsupported_algorithm");
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return refuse("unsupported_header");
  if (kid !== undefined && (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH)) {
    return refuse("malformed");
  }
  if (typ !== undefined && typeof typ !== "string") return refuse("malformed");
  return ok({ alg, kid, typ: typ?.toLowerCase().replace(/^application\//, "") });
}
