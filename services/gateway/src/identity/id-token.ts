import type { TokenRefusal } from "../core/refusal.ts";
import { type Result, refuse } from "../core/result.ts";
import { readAudiences } from "./claims.ts";
import type { ParsedJwt } from "./parse-jwt.ts";

/** Claims that only log-in tokens (OpenID Connect Core §2, §3.3.2.11) or event tokens (RFC 8417) carry. */
const MARKS = ["nonce", "at_hash", "c_hash", "events"] as const;

/** S06: is this a token that tells a client who logged in, rather than one that opens a door? */
export function isIdToken({ kind, claims }: ParsedJwt): boolean {
  if (kind === "id" || MARKS.some((mark) => Object.hasOwn(claims, mark))) return true;
  // Keycloak writes the use of a token into the payload.
  const use = claims["typ"];
  return typeof use === "string" && use.toLowerCase() === "id";
}

/**
 * S06: an ID token as the subject of an exchange. It must have been issued to our own client: one that another client of the
 * same provider obtained says nothing about consent given here (OpenID Connect Core §3.1.3.7).
 */
export function judgeIdTokenSubject(
  { kind, claims }: ParsedJwt,
  clientId: string,
): Result<readonly string[], TokenRefusal> {
  if (kind === "access" || Object.hasOwn(claims, "events")) return refuse("wrong_type");
  const audiences = readAudiences(claims);
  if (!audiences.ok) return audiences;
  const { azp } = claims;
  const issuedToUs = azp === undefined ? audiences.value.length === 1 : azp === clientId;
  if (!issuedToUs || !audiences.value.includes(clientId)) return refuse("wrong_audience");
  return audiences;
}
