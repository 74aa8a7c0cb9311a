import type { Principal } from "../core/principal.ts";
import { sessionId } from "../core/session.ts";

/** The last user agent of a principal and its session: most callers have one. */
interface Derived {
  readonly userAgent: string;
  readonly session: string;
}

/**
 * The session of a request: the delegation's own for an agent, derived for everybody else (CONTRACT §4). Remembered per
 * principal, since the HMAC would be one of the dearest steps of the hot path; forgotten with the principal. A caller that
 * changes its user agent from request to request pays for the hash and nothing more.
 */
export function createSessions(key: Buffer): (principal: Principal, userAgent: string) => string {
  const remembered = new WeakMap<Principal, Derived>();
  return (principal, userAgent) => {
    if (principal.kind === "agent") return principal.session;
    const known = remembered.get(principal);
    if (known?.userAgent === userAgent) return known.session;
    const session = sessionId(key, principal.owner, userAgent);
    remembered.set(principal, { userAgent, session });
    return session;
  };
}
