import type { AuditEvent } from "../core/ports/audit.ts";

/** Another set of policies has come into force. */
export interface PolicyChange {
  readonly version: string;
  readonly previous: string;
}

/** @param time milliseconds since the epoch */
export function policyChanged({ version, previous }: PolicyChange, time: number): AuditEvent {
  return {
    time,
    action: "policy.change",
    decision: "allow",
    reason: null,
    user: null,
    chain: [],
    jti: null,
    root: null,
    session: null,
    resource: previous,
    policy: version,
    requestId: null,
  };
}
