import type { AgentAuthentication } from "@attach-dev/protocol";
import type { Owner } from "../owner.ts";
import type { RevocationRecord } from "./revocations.ts";

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
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What happened, for the audit trail. `null` where a field does not apply. Never token text. */
export interface AuditEvent {
  readonly time: number;
  readonly action: "token.issue" | "token.refuse" | "token.revoke" | "key.create";
  readonly decision: "allow" | "deny";
  readonly reason: string | null;
  readonly user: { readonly iss: string; readonly sub: string } | null;
  /** Actor chain, current first. */
  readonly chain: readonly string[];
  readonly jti: string | null;
  readonly root: string | null;
  readonly session: string | null;
  readonly resource: string | null;
  /** Which policy decided; `null` while scopes alone decide. */
  readonly policy: string | null;
  readonly requestId: string | null;
}

/** A signing key at rest: the private half is ciphertext (S13). */
export interface SigningKeyRow {
  readonly kid: string;
  readonly alg: "ES256" | "RS256";
  readonly status: "next" | "active" | "retiring";
  /** JWK, JSON. */
  readonly publicJwk: string;
  readonly sealedPrivateKey: string;
  readonly createdAt: number;
}

/** `repeated`: it stood already, and nothing was written. */
export type RevokeOutcome = "revoked" | "repeated";

export type IssueOutcome = "issued" | "ancestor_revoked" | "delegation_revoked";

/** The authority's store: atomic verbs, no transaction leaks out. Every driver passes the same contract suite. */
export interface Store {
  /**
   * Records a token, its delegation when it is a new one, and the audit event, in one transaction; nothing is written
   * when the delegation or an ancestor is revoked by then.
   */
  issue(entry: {
    token: TokenRow;
    newDelegation: DelegationRow | null;
    event: AuditEvent;
  }): Promise<IssueOutcome>;
  /**
   * Records a revocation and its audit event in one transaction; a `dlg` marks the node and everything below it, so that no
   * renewal or child can be issued there. Idempotent.
   */
  revoke(record: RevocationRecord, event: AuditEvent): Promise<RevokeOutcome>;
  /** Writes an audit event of its own: refusals. */
  audit(event: AuditEvent): Promise<void>;
  findDelegation(id: string): Promise<DelegationRow | undefined>;
  /** Every revocation that may still matter at `now`: read before the server listens (S20). */
  loadRevocations(now: number): Promise<readonly RevocationRecord[]>;
  loadSigningKeys(): Promise<readonly SigningKeyRow[]>;
  /**
   * Adds the first signing key unless another process was first, and answers the keys that hold now.
   */
  addFirstSigningKey(key: SigningKeyRow, event: AuditEvent): Promise<readonly SigningKeyRow[]>;
  /** Small named facts, such as the check value that tells a wrong ATTACH_SECRET (S13). Returns what stands afterwards. */
  rememberOnce(name: string, value: string): Promise<string>;
  /** Throws when the store cannot be used; answers within a second. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
