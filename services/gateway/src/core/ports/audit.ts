/** What may be told of in the audit trail. `request.*` are relayed calls; `audit.gap` says that records were dropped. */
export const AUDIT_ACTIONS = [
  "token.issue",
  "token.renew",
  "token.refuse",
  "token.revoke",
  "revocation.create",
  "agent.create",
  "agent.update",
  "agent.delete",
  "grant.create",
  "grant.revoke",
  "key.create",
  "key.rotate",
  "policy.change",
  "request.allow",
  "request.deny",
  "memory.erase",
  "memory.gap",
  "audit.gap",
  "audit.erase",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What happened, for the audit trail. `null` where a field does not apply. Never token text. */
export interface AuditEvent {
  readonly time: number;
  readonly action: AuditAction;
  readonly decision: "allow" | "deny";
  readonly reason: string | null;
  readonly user: { readonly iss: string; readonly sub: string } | null;
  /** Actor chain, current first. */
  readonly chain: readonly string[];
  readonly jti: string | null;
  readonly root: string | null;
  readonly session: string | null;
  readonly resource: string | null;
  /** Which policy decided, with the version of the set; `null` where none was asked. */
  readonly policy: string | null;
  readonly requestId: string | null;
}

/** A row as it stands in the chain and as it is shown (CONTRACT §3). `user` is `null` once it was erased. */
export interface AuditEntry extends AuditEvent {
  readonly seq: number;
  readonly v: number;
  /** What the chain holds in place of the user (S21): a salted commitment; `null` where there is none. */
  readonly commitment: string | null;
  /** Opens the commitment; `null` once it was erased. */
  readonly salt: string | null;
  readonly prev: string;
  readonly hash: string;
}

/** A signed statement of where the chain stood: it can leave the machine, so that a cut tail is found (S21). */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
  readonly time: number;
  /** Compact JWS over the other members, `typ: attach-checkpoint+jwt`, by a signing key of this authority. */
  readonly jws: string;
}

export interface AuditFilter {
  readonly since?: number;
  readonly until?: number;
  readonly agent?: string;
  readonly user?: { readonly iss: string; readonly sub: string };
  readonly action?: AuditAction;
  readonly root?: string;
  /** Rows after this `seq`, in order. */
  readonly after?: number;
  readonly limit: number;
}

/** The audit trail of the store. Rows are only ever added. */
export interface AuditStore {
  /** Adds events to the chain, in order, in one transaction. */
  append(events: readonly AuditEvent[]): Promise<void>;
  read(filter: AuditFilter): Promise<readonly AuditEntry[]>;
  head(): Promise<{ readonly seq: number; readonly hash: string } | undefined>;
  /** Forgets who a person is in every row of theirs, and records that in the same transaction. @returns how many rows */
  erase(user: { readonly iss: string; readonly sub: string }, event: AuditEvent): Promise<number>;
  addCheckpoint(checkpoint: Checkpoint): Promise<void>;
  checkpoints(): Promise<readonly Checkpoint[]>;
}

/** Where relayed calls are told to: at once, and without waiting for anything. */
export interface CallRecorder {
  record(event: AuditEvent): void;
}
