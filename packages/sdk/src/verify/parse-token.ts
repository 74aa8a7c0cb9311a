import { AGENT_TOKEN_TYPE } from "@attach-dev/protocol";
import { decodeBase64url } from "../base64url.ts";
import { parseObject } from "../bounded-body.ts";

export type TokenAlgorithm = "ES256" | "RS256";

/** A compact JWS taken apart; nothing in it is verified. */
export interface ParsedJws {
  readonly header: ReadonlyMap<string, unknown>;
  readonly claims: ReadonlyMap<string, unknown>;
  /** What the signature is over. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** Longest token that is looked at, in characters. */
const MAX_LENGTH = 16_384;

/** Strict: three parts in their one canonical spelling, objects in UTF-8. `undefined` for anything else. */
export function parseJws(token: string): ParsedJws | undefined {
  const parts = token.length <= MAX_LENGTH ? token.split(".") : [];
  const [head, body, tail] = parts.map(decodeBase64url);
  if (parts.length !== 3 || head === undefined || body === undefined || tail === undefined) return undefined;
  const [header, claims] = [parseUtf8(head), parseUtf8(body)];
  if (header === undefined || claims === undefined || tail.length === 0) return undefined;
  const input = new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));
  return { header, claims, input, signature: tail };
}

function parseUtf8(bytes: Uint8Array): ReadonlyMap<string, unknown> | undefined {
  try {
    return parseObject(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** A key comes from the issuer's published set by its `kid`, never from or by way of the token (RFC 8725 §3.10). */
const FORBIDDEN = ["crit", "b64", "jwk", "jku", "x5u", "x5c"];

/** By which key an agent token says it is signed; `undefined` where its header is not one of an agent token. */
export function readTokenHeader(
  header: ParsedJws["header"],
): { readonly kid: string; readonly alg: TokenAlgorithm } | undefined {
  const [typ, alg, kid] = ["typ", "alg", "kid"].map((name) => header.get(name));
  if (FORBIDDEN.some((name) => header.has(name))) return undefined;
  if (typeof typ !== "string" || typ.toLowerCase() !== AGENT_TOKEN_TYPE || typeof kid !== "string")
    return undefined;
  return alg === "ES256" || alg === "RS256" ? { kid, alg } : undefined;
}
