import type { JsonObject } from "../core/strict-json.ts";
import { readClaim } from "./claim-mapping.ts";

/** A further mark of one issuer: the claim, and the text that it is or (with `*` at the end) begins with. */
export interface ServiceMark {
  readonly claim: string;
  readonly value: string;
}

/** `claim=value`; `undefined` for anything else. */
export function parseServiceMark(text: string): ServiceMark | undefined {
  const [, claim, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  return claim === undefined || value === undefined || value === "*" ? undefined : { claim, value };
}

/**
 * S04: was this token issued to a machine for itself (`client_credentials`)? The marks that providers leave: the subject is
 * the client (RFC 9068 §2.2; Okta calls it `cid`), Auth0's `gty`, Entra's `idtyp`, Keycloak's user of the client. An issuer can add marks of its own, never
 * take one away: to be taken for a machine costs scopes, to be taken for a user gives them. Claims are those of a verified token.
 */
export function isServiceAccount(claims: JsonObject, marks: readonly ServiceMark[] = []): boolean {
  const { sub, client_id, azp, cid, gty, idtyp, preferred_username } = claims;
  if (sub !== undefined && [client_id, azp, cid].includes(sub)) return true;
  if (gty === "client-credentials" || gty === "client_credentials" || idtyp === "app") return true;
  if (typeof preferred_username === "string" && preferred_username.startsWith("service-account-"))
    return true;
  return marks.some((mark) => isMarked(claims, mark));
}

function isMarked(claims: JsonObject, { claim, value }: ServiceMark): boolean {
  const found = readClaim(claims, claim);
  const isMark = (one: unknown) =>
    value.endsWith("*") ? String(one).startsWith(value.slice(0, -1)) : String(one) === value;
  if (Array.isArray(found)) return found.some(isMark);
  return found !== undefined && found !== null && typeof found !== "object" && isMark(found);
}
