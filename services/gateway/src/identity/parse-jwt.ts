import { ok, type Result, refuse } from "../core/result.ts";
import { isJsonObject, type JsonObject, parseStrictJson } from "../core/strict-json.ts";
import { type JwsRefusal, type ParsedJws, parseJws } from "./parse-jws.ts";

/** `act` chains and structured claims nest; more than this is not a token but an attack. */
const MAX_CLAIMS_DEPTH = 16;

/**
 * What a token's header says it is: `access` is RFC 9068's `at+jwt`, `plain` is `JWT` or nothing, `id` is the `ID` that some
 * providers write.
 */
export type JwtKind = "access" | "plain" | "id";

/** A JWT whose form is beyond doubt. Nothing in it is verified yet. */
export interface ParsedJwt extends Omit<ParsedJws, "payload" | "signature" | "typ"> {
  readonly kind: JwtKind;
  readonly claims: JsonObject;
}

/** Every other `typ` (`dpop+jwt`, `logout+jwt`, `token-introspection+jwt`, …) is a token made for something else (RFC 8725 §3.11). */
const KINDS: ReadonlyMap<string | undefined, JwtKind> = new Map([
  [undefined, "plain"],
  ["jwt", "plain"],
  ["at+jwt", "access"],
  ["id", "id"],
]);

/** Reads a JWT strictly, in front of any cryptography: what passes has one spelling and one meaning. Pure. */
export function parseJwt(token: string): Result<ParsedJwt, JwsRefusal | "wrong_type"> {
  const jws = parseJws(token);
  if (!jws.ok) return jws;
  const kind = KINDS.get(jws.value.typ);
  if (kind === undefined) return refuse("wrong_type");
  const claims = parseStrictJson(jws.value.payload, MAX_CLAIMS_DEPTH);
  if (!isJsonObject(claims)) return refuse("malformed");
  const { alg, kid } = jws.value;
  return ok({ token, alg, kid, kind, claims });
}
