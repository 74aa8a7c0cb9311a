import type { AuditEntry } from "./ports/audit.ts";

/** An entry as it is shown and exported (CONTRACT §3), with what opens its commitment. */
export interface AuditLine {
  readonly seq: number;
  readonly v: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly action: AuditEntry["action"];
  readonly decision: AuditEntry["decision"];
  readonly reason: string | null;
  readonly user: { readonly iss: string; readonly sub: string } | null;
  readonly chain: readonly string[];
  readonly jti: string | null;
  readonly root: string | null;
  readonly sid: string | null;
  readonly resource: string | null;
  readonly policy: string | null;
  readonly requestId: string | null;
  readonly commitment: string | null;
  readonly salt: string | null;
  readonly prev: string;
  readonly hash: string;
}

export function auditLine(entry: AuditEntry): AuditLine {
  const { seq, v, time, action, decision, reason, user, chain, jti, root, session, ...rest } = entry;
  const { resource, policy, requestId, commitment, salt, prev, hash } = rest;
  return {
    seq,
    v,
    time: new Date(time).toISOString(),
    action,
    decision,
    reason,
    user: user && { iss: user.iss, sub: user.sub },
    chain,
    jti,
    root,
    sid: session,
    resource,
    policy,
    requestId,
    commitment,
    salt,
    prev,
    hash,
  };
}
