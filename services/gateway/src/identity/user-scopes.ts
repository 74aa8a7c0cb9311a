import { isKnownScope, narrowScopes } from "@attach-dev/protocol";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Json, JsonObject } from "../core/strict-json.ts";

/** What an issuer's tokens may amount to. */
export interface ScopePolicy {
  /** The ceiling (`USER_SCOPES`). */
  readonly userScopes: readonly string[];
  /** Does a token that names none of our scopes get none, rather than all of `userScopes`? */
  readonly requireScopes: boolean;
}

/** What ADMIN_SUBJECTS hold beyond the ceiling (S05). */
export const ADMIN_SCOPES: readonly string[] = ["admin", "audit:read"];

/**
 * S05: the scopes of an identity provider's token. One that names any of ours is held to the intersection, never widened; one
 * that names none gets the whole ceiling, unless scopes are demanded or it is a service account (S04).
 */
export function scopesOf(
  claims: JsonObject,
  isService: boolean,
  policy: ScopePolicy,
): Result<readonly string[], TokenRefusal> {
  const named = readNamedScopes(claims);
  if (named === undefined) return refuse("malformed");
  const ours = named.filter(isKnownScope);
  if (ours.length > 0) return ok(narrowScopes(ours, policy.userScopes).granted);
  return ok(isService || policy.requireScopes ? [] : policy.userScopes);
}

/** `scope` (RFC 8693 §4.2) and `scp` (Entra, Okta), each as a string or a list. Anything else is refused: it would widen. */
function readNamedScopes({ scope = "", scp = "" }: JsonObject): readonly string[] | undefined {
  const lists = [scope, scp].map(readList);
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

function readList(value: Json): readonly string[] | undefined {
  if (typeof value === "string") return value.split(" ");
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  return undefined;
}
