import type { Owner } from "../core/owner.ts";
import type { AuditEvent, DelegationRow, TokenRow } from "../core/ports/store.ts";
import type { AgentPrincipal, Principal } from "../core/principal.ts";
import type { AuthorityRefusal } from "./refusal.ts";

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

/** A token was issued, at a new node or (renewal) at one that was there. `reason` says how its holder proved itself (S01). */
export function tokenIssued(
  { time, requestId }: Occasion,
  token: TokenRow,
  {
    delegation: { chain, root, session },
    isNew,
    policy,
  }: { readonly delegation: DelegationRow; readonly isNew: boolean; readonly policy: string | null },
): AuditEvent {
  const { iss, sub } = token.owner;
  return {
    ...NOTHING,
    time,
    action: isNew ? "token.issue" : "token.renew",
    decision: "allow",
    reason: `agent_auth=${token.agentAuth}`,
    user: { iss, sub },
    chain,
    jti: token.jti,
    root,
    session,
    resource: token.audience,
    policy,
    requestId,
  };
}

/** Only for a subject that was verified: whoever cannot name a user cannot fill the trail either. */
export function tokenRefused(
  { time, requestId }: Occasion,
  subject: Principal,
  { chain, refusal }: { readonly chain: readonly string[]; readonly refusal: AuthorityRefusal },
): AuditEvent {
  const { iss, sub } = subject.owner;
  return {
    ...NOTHING,
    time,
    action: "token.refuse",
    decision: "deny",
    reason: refusal.kind,
    user: { iss, sub },
    chain,
    ...(subject.kind === "agent" ? { root: subject.root, session: subject.session } : {}),
    policy: refusal.kind === "policy_refused" ? refusal.policy : null,
    requestId,
  };
}

/** A service account that has proved itself was refused. */
export function accountRefused(
  { time, requestId }: Occasion,
  { iss, sub }: Owner,
  refusal: AuthorityRefusal,
): AuditEvent {
  return {
    ...NOTHING,
    time,
    action: "token.refuse",
    decision: "deny",
    reason: refusal.kind,
    user: { iss, sub },
    chain: [sub],
    policy: refusal.kind === "policy_refused" ? refusal.policy : null,
    requestId,
  };
}

export function tokenRevoked(
  { time, requestId }: Occasion,
  { owner, jti, root, session }: Pick<AgentPrincipal, "owner" | "jti" | "root" | "session">,
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

/** A key took another status, or was sealed under another secret; `change` says which. */
export function keyRotated(kid: string, change: string, time: number): AuditEvent {
  return { ...NOTHING, time, action: "key.rotate", decision: "allow", reason: change, resource: kid };
}
