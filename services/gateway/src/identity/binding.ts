import { isJsonObject, type JsonObject } from "../core/strict-json.ts";
import { decodeBase64url } from "./base64url.ts";

const THUMBPRINT_BYTES = 32;

/**
 * The key a token is bound to (`cnf`, RFC 7800 §3.1): its RFC 7638 thumbprint, or `null` where the token is not bound. Anything
 * but a single `jkt` (a certificate, a key by value, two methods at once) has no way to be proved here.
 * @returns `undefined` for a binding that cannot be checked: the token must be refused, never taken as unbound (S03)
 */
export function readBinding(claims: JsonObject): string | null | undefined {
  if (!Object.hasOwn(claims, "cnf")) return null;
  const { cnf } = claims;
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) return undefined;
  const { jkt } = cnf;
  return isThumbprint(jkt) ? jkt : undefined;
}

function isThumbprint(value: unknown): value is string {
  return typeof value === "string" && decodeBase64url(value)?.length === THUMBPRINT_BYTES;
}
