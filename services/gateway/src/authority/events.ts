import type { AuditEvent, DelegationRow, TokenRow } from "../core/ports/store.ts";
import type { AgentPrincipal, Principal } from "../core/principal.ts";

/** What every event of one request has. */
export interface Occasion {
  readonly time: number;
  readonly requestId: string;
}

const NOTHING = {
  reason: null,
  user: null,
  chain: [],
  jti: null,
  root: null,
  session: null,
  resource: null,
  policy: null,
  requestId: null,
} as const;

export function tokenIssued(
  { time, requestId }: Occasion,
  token: TokenRow,
  { chain, root, session }: DelegationRow,
): AuditEvent {
  const { iss, sub } = token.owner;
  return {
    ...NOTHING,
    time,
    action: "token.issue",
    decision: "allow",
    user: { iss, sub },
    chain,
    jti: token.jti,
    root,
    session,
    resource: token.audience,
    requestId,
  };
}

/** Only for a subject that was verified: whoever cannot name a user cannot fill the trail either. */
export function tokenRefused(
  { time, requestId }: Occasion,
  subject: Principal,
  { agent, reason }: { readonly agent: string; readonly reason: string },
): AuditEvent {
  const { iss, sub } = subject.owner;
  return {
    ...NOTHING,
    time,
    action: "token.refuse",
    decision: "deny",
    reason,
    user: { iss, sub },
    chain: [agent],
    requestId,
  };
}

export function tokenRevoked(
  { time, requestId }: Occasion,
  { owner, jti, root, session }: AgentPrincipal,
  chain: readonly string[],
): AuditEvent {
  const { iss, sub } = owner;
  return {
    ...NOTHING,
    time,
    action: "token.revoke",
    decision: "allow",
    user: { iss, sub },
    chain,
    jti,
    root,
    session,
    requestId,
  };
}

export function keyCreated(kid: string, time: number): AuditEvent {
  return { ...NOTHING, time, action: "key.create", decision: "allow", resource: kid };
}
