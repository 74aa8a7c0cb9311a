import type { Principal } from "../core/principal.ts";
import { sessionId } from "../core/session.ts";

/** User agents remembered for one principal; a caller that rotates them pays for the hash and nothing more. */
const REMEMBERED_USER_AGENTS = 8;

/**
 * The session of a request: the delegation's own for an agent, derived for everybody else (CONTRACT §4). Remembered per
 * principal, since the HMAC would be one of the dearest steps of the hot path; forgotten with the principal.
 */
export function createSessions(key: Buffer): (principal: Principal, userAgent: string) => string {
  const remembered = new WeakMap<Principal, Map<string, string>>();
  return (principal, userAgent) => {
    if (principal.kind === "agent") return principal.session;
    let sessions = remembered.get(principal);
    if (sessions === undefined) {
      sessions = new Map();
      remembered.set(principal, sessions);
    }
    let session = sessions.get(userAgent);
    if (session === undefined) {
      session = sessionId(key, principal.owner, userAgent);
      if (sessions.size < REMEMBERED_USER_AGENTS) sessions.set(userAgent, session);
    }
    return session;
  };
}
