import { isIdentifier } from "../core/owner.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/strict-json.ts";

/**
 * Which claims of one issuer say what. Each is a claim's name, a path with dots (`realm_access.roles`), or a JSON pointer
 * (`/resource_access/my.client/roles`); a name with `://` in it is never a path.
 */
export interface ClaimMapping {
  /** Whose id the user goes by: the owner is (issuer, this). */
  readonly subject: string;
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
  readonly roles?: string | undefined;
}

export const STANDARD_CLAIMS: ClaimMapping = { subject: "sub", name: "name" };

/** What the mapping finds in a token. */
export interface MappedClaims {
  readonly sub: string;
  readonly name?: string;
  readonly tenant: string | null;
  readonly roles: readonly string[];
}

/** More is no list of roles but an attempt to fill memory; Entra stops at 200 by itself. */
const MAX_ROLES = 256;

/**
 * Reads a verified token by the issuer's mapping. What decides anything (id, tenant, roles) is refused where it is not of its form;
 * a name that cannot be shown is left out.
 */
export function readMapped(claims: JsonObject, mapping: ClaimMapping): Result<MappedClaims, TokenRefusal> {
  const sub = readClaim(claims, mapping.subject);
  if (sub === undefined) return refuse("missing_claim");
  const tenant = mapping.tenant === undefined ? undefined : readClaim(claims, mapping.tenant);
  if (!isIdentifier(sub) || !(tenant === undefined || isIdentifier(tenant))) return refuse("bad_identifier");
  const roles = readRoles(mapping.roles === undefined ? undefined : readClaim(claims, mapping.roles));
  if (roles === undefined) return refuse("malformed");
  const name = mapping.name === undefined ? undefined : readClaim(claims, mapping.name);
  return ok({ sub, tenant: tenant ?? null, roles, ...(isLine(name) ? { name } : {}) });
}

/** One role as a string is one role, spaces and all. */
function readRoles(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.length <= MAX_ROLES && list.every(isLine) ? [...new Set(list)] : undefined;
}

/** Text that can be shown on a line and compared: no controls, no marks that turn or hide what is written. */
function isLine(value: Json | undefined): value is string {
  return typeof value === "string" && /^[^\p{C}\u2028\u2029]{1,255}$/u.test(value);
}

/** The value at a place of the claims. Own members only. */
export function readClaim(claims: JsonObject, place: string): Json | undefined {
  let value: Json | undefined = claims;
  for (const step of stepsOf(place)) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function stepsOf(place: string): readonly string[] {
  if (place.startsWith("/")) {
    // RFC 6901 §4: ~1 first, so that ~01 stays ~1.
    return place
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return place.includes("://") ? [place] : place.split(".");
}
