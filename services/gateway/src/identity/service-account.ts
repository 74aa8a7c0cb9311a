import type { JsonObject } from "./strict-json.ts";

/**
 * S04: was this token issued to a machine for itself (`client_credentials`)? The marks that providers leave: the subject is
 * the client (RFC 9068 §2.2), Auth0's `gty`, Entra's `idtyp`, Keycloak's user of the client. Claims are those of a verified token.
 */
export function isServiceAccount(claims: JsonObject): boolean {
  const { sub, client_id, azp, gty, idtyp, preferred_username } = claims;
  if (sub === client_id || sub === azp) return true;
  if (gty === "client-credentials" || gty === "client_credentials" || idtyp === "app") return true;
  return typeof preferred_username === "string" && preferred_username.startsWith("service-account-");
}
