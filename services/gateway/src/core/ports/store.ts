import type { AgentAuthentication } from "@attach-dev/protocol";
import type { Owner } from "../owner.ts";
import type { A2aStore } from "./a2a.ts";
import type { AgentRecord, GrantRecord } from "./agents.ts";
import type { AuditEvent, AuditStore } from "./audit.ts";
import type { LedgerGrant, LedgerOrder } from "./ledger.ts";
import type { MemoryOutbox, MemorySpool, MemoryStore } from "./memory.ts";
import type { UsageStore } from "./metering.ts";
import type { Page, PageQuestion } from "./page.ts";
import type { RevocationRecord } from "./revocations.ts";
import type { TaskStore } from "./tasks.ts";

export type { AuditEvent } from "./audit.ts";
export type { Page, PageQuestion } from "./page.ts";

/** Times in the store are milliseconds since the epoch. */

/** One node of a delegation tree. */
export interface DelegationRow {
  readonly id: string;
  readonly root: string;
  readonly parent: string | null;
  /** Ancestors, oldest first; empty at depth 1. */
  readonly ancestors: readonly string[];
  readonly owner: Owner;
  /** Who acts: the first of `chain`. */
  readonly agent: string;
  /** Agents of the chain, current one first: what `act` is built from, also on renewal. */
  readonly chain: readonly string[];
  readonly session: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  /** Past this it is never renewed. */
  readonly renewableUntil: number;
  readonly revokedAt: number | null;
}

/** One issued token. Never its text. */
export interface TokenRow {
  readonly jti: string;
  readonly delegation: string;
  readonly parent: string | null;
  readonly root: string;
  readonly session: string;
  readonly owner: Owner;
  readonly agent: string;
  readonly agentAuth: AgentAuthentication;
  readonly audience: string;
  readonly scopes: readonly string[];
  /** RFC 7638 thumbprint of the key the token is bound to (RFC 9449); `null` for a plain bearer. */
  readonly jkt: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** A credential that may be used once: an assertion's or a proof's `jti`, by who signed it. */
export interface SingleUse {
  readonly issuer: string;
  readonly jti: string;
  /** Milliseconds since the epoch: it may be forgotten after this. */
  readonly expiresAt: number;
}

/** A signing key at rest: the private half is ciphertext (S13). */
export interface SigningKeyRow {
  readonly kid: string;
  readonly alg: "ES256" | "RS256";
  /** `retired` keys are published no longer and sign nothing; their public half still verifies old checkpoints. */
  readonly status: "next" | "active" | "retiring" | "retired";
  /** JWK, JSON. */
  readonly publicJwk: string;
  readonly sealedPrivateKey: string;
  readonly createdAt: number;
  /** When it took its present status. */
  readonly changedAt: number;
}

/** `repeated`: it stood already, and nothing was written. */
export type RevokeOutcome = "revoked" | "repeated";

/** `agent_gone`: its record was suspended or removed since it was judged; `grant_revoked`: the user took the grant back. */
export type IssueOutcome =
  | "issued"
  | "ancestor_revoked"
  | "delegation_revoked"
  | "agent_gone"
  | "grant_revoked";

/** The authority's store: atomic verbs, no transaction leaks out. Every driver passes the same contract suite. */
export interface Store {
  /**
   * Records a token, its delegation when it is a new one, and the audit event, in one transaction; nothing is written
   * when the delegation or an ancestor is revoked by then, by an epoch too that covers the time it was made, or when the agent's
   * record or the user's grant was taken back meanwhile.
   */
  issue(entry: {
    token: TokenRow;
    newDelegation: DelegationRow | null;
    /**
     * When the token that this one is made of was issued: an epoch of its owner that reaches it kills what is made of it, also
     * where the process that asks has not heard of the epoch yet. Absent: made of no token.
     */
    subjectIssuedAt?: number;
    /** The agent had a record when it was judged, so it must have an active one still. */
    isRegistered?: boolean;
    event: AuditEvent;
  }): Promise<IssueOutcome>;
  /**
   * Records a revocation and its audit event in one transaction. A `dlg` marks the node and everything below it, an epoch all
   * nodes that it kills and everything below them, so that no renewal or child can be issued there. Idempotent.
   */
  revoke(record: RevocationRecord, event: AuditEvent): Promise<RevokeOutcome>;
  findDelegation(id: string): Promise<DelegationRow | undefined>;
  findToken(jti: string): Promise<TokenRow | undefined>;
  /** Whose session this is, by any delegation of it; `undefined` when none is known. */
  findSessionOwner(session: string): Promise<Owner | undefined>;
  /** Newest first. */
  listTokens(question: PageQuestion): Promise<Page<TokenRow>>;
  /** Uses a credential up. @returns false when it was used before */
  consumeOnce(use: SingleUse): Promise<boolean>;

  findAgent(id: string): Promise<AgentRecord | undefined>;
  /** An agent whose endpoint has this resource, exactly as it is registered. */
  findAgentByResource(resource: string): Promise<AgentRecord | undefined>;
  /** An agent whose endpoint is exactly at this address: the oldest of those that share it. */
  findAgentByUrl(url: string): Promise<AgentRecord | undefined>;
  listAgents(question: PageQuestion): Promise<Page<AgentRecord>>;
  /**
   * The id of a removed agent is taken for everybody but its last owner: as a service account it was an owner itself, and who
   * registers it anew would inherit what is still kept under that name.
   * @param most agents that the owner may have with this one; `null`: any number
   */
  createAgent(
    agent: AgentRecord,
    event: AuditEvent,
    most?: number | null,
  ): Promise<"created" | "taken" | "too_many">;
  /** Replaces a record that is unchanged since it was read; `epochs` kill the agent's tokens in the same transaction. */
  updateAgent(change: {
    readonly agent: AgentRecord;
    readonly readAt: number;
    readonly epochs: readonly RevocationRecord[];
    readonly event: AuditEvent;
  }): Promise<"updated" | "changed" | "absent">;
  /** Takes back every grant to it as well: who registers the id later must not inherit them. */
  deleteAgent(
    id: string,
    epochs: readonly RevocationRecord[],
    event: AuditEvent,
  ): Promise<"deleted" | "absent">;

  /** What the user has granted this agent, also where that has ended or was taken back: a grant that is gone must not widen. */
  findGrant(owner: Owner, agent: string): Promise<GrantRecord | undefined>;
  findGrantById(id: string): Promise<GrantRecord | undefined>;
  listGrants(question: PageQuestion): Promise<Page<GrantRecord>>;
  /**
   * Replaces the user's grant to this agent.
   * @param most grants that the user may have with this one, those that were taken back too, since they are kept; `null`: any number
   */
  putGrant(grant: GrantRecord, event: AuditEvent, most?: number | null): Promise<"put" | "too_many">;
  revokeGrant(id: string, at: number, event: AuditEvent): Promise<"revoked" | "absent">;

  /**
   * Where all processes on this store count limits and budgets together. Orders are carried out by the clock of the process that
   * sends them.
   */
  exchangeLedger(batch: {
    readonly holder: string;
    readonly orders: readonly LedgerOrder[];
    readonly now: number;
    readonly leaseMs: number;
  }): Promise<readonly LedgerGrant[]>;

  readonly trail: AuditStore;
  readonly usage: UsageStore;
  readonly tasks: TaskStore;
  readonly a2a: A2aStore;

  /** Memory kept in this store, and what waits to be redacted. */
  readonly memory: MemoryStore;
  readonly spool: MemorySpool;
  /** The same tables as the queue before a remote backend. */
  readonly outbox: MemoryOutbox;

  /** Records newer than `seq`, in order, and where the log stands now: how another process's revocations arrive (T05). */
  revocationsSince(
    seq: number,
  ): Promise<{ readonly seq: number; readonly records: readonly RevocationRecord[] }>;
  /** Every revocation that may still matter at `now`: read before the server listens (S20). */
  loadRevocations(now: number): Promise<readonly RevocationRecord[]>;
  loadSigningKeys(): Promise<readonly SigningKeyRow[]>;
  /**
   * Adds the first signing key unless another process was first, and answers the keys that hold now.
   */
  addFirstSigningKey(key: SigningKeyRow, event: AuditEvent): Promise<readonly SigningKeyRow[]>;
  /**
   * Replaces the whole key table in one transaction, when the active key is still `expected`: several processes may decide to
   * rotate at once, and one of them does.
   */
  replaceSigningKeys(change: {
    readonly expected: string;
    readonly keys: readonly SigningKeyRow[];
    readonly event: AuditEvent;
  }): Promise<"replaced" | "changed">;
  /** Small named facts, such as the check value that tells a wrong ATTACH_SECRET (S13). Returns what stands afterwards. */
  rememberOnce(name: string, value: string): Promise<string>;
  /** Replaces a fact, such as the check value after a secret was rotated. */
  replaceFact(name: string, value: string): Promise<void>;
  /** Removes what can matter no more at `now`: ended tokens and delegations, outlived revocations and single uses. Bounded work. */
  purge(now: number): Promise<void>;
  /** A consistent copy of the live store. */
  backup(path: string): Promise<void>;
  /** Throws when the store cannot be used; answers within a second. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
