import { IDENTITY_HEADERS } from "@attach-dev/protocol";
import type { Principal } from "../core/principal.ts";

/**
 * The identity headers of a request (CONTRACT §4): name, value, name, value, …. Their values were held to visible ASCII when
 * the token was verified (S09).
 */
export function identityStamps(principal: Principal, session: string): string[] {
  const stamps = [
    IDENTITY_HEADERS.user,
    principal.owner.sub,
    IDENTITY_HEADERS.issuer,
    principal.owner.iss,
    IDENTITY_HEADERS.session,
    session,
  ];
  if (principal.kind === "agent") stamps.push(IDENTITY_HEADERS.agent, principal.agent);
  return stamps;
}
