import type { AuditEvent } from "../core/ports/audit.ts";
import type { Gap } from "./spool/intake.ts";

/** What was not remembered leaves a row in the audit chain, so that nobody can say afterwards that nothing was. */
export function gapEvent({ dropped, since, until }: Gap): AuditEvent {
  return {
    time: until,
    action: "memory.gap",
    decision: "deny",
    reason: `no_room dropped=${dropped} since=${new Date(since).toISOString()}`,
    user: null,
    chain: [],
    jti: null,
    root: null,
    session: null,
    resource: null,
    policy: null,
    requestId: null,
  };
}
