import type { AuditAction, AuditEvent } from "../../core/ports/audit.ts";
import type { Manager } from "./manager.ts";

/** Who manages, on which request: `null` for the operator at the command line. */
export interface Management {
  readonly manager: Manager;
  readonly requestId: string | null;
}

type Told = Pick<AuditEvent, "time" | "resource"> &
  Partial<Pick<AuditEvent, "reason" | "chain" | "jti" | "root" | "session">>;

/**
 * Something was managed. `user` is who did it; the operator is told by the reason, since nobody of an issuer acted.
 */
export function managed(action: AuditAction, { manager, requestId }: Management, told: Told): AuditEvent {
  const { owner } = manager;
  const reason = told.reason ?? null;
  return {
    chain: [],
    jti: null,
    root: null,
    session: null,
    ...told,
    action,
    decision: "allow",
    reason: owner === null ? (reason === null ? "operator" : `operator: ${reason}`) : reason,
    user: owner === null ? null : { iss: owner.iss, sub: owner.sub },
    policy: null,
    requestId,
  };
}
