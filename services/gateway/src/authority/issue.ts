import { formatScope } from "@attach-dev/protocol";
import { uuidv7 } from "../core/ids.ts";
import type { DelegationRow, IssueOutcome, TokenRow } from "../core/ports/store.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Client } from "./client.ts";
import { tokenIssued } from "./events.ts";
import { accountClaims, agentClaims, signToken, walletClaims } from "./mint.ts";
import type { AuthorityOptions } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { fromStore } from "./store-call.ts";

/** A token that was decided on, and nothing but recording it is left. */
export interface Issue {
  readonly delegation: DelegationRow;
  readonly isNew: boolean;
  readonly token: TokenRow;
  /** When the subject's token was issued; `null` for an account, which comes with none. */
  readonly subjectIssuedAt: number | null;
  /** An agent acting for an owner, a service account that is its own, or a person by their wallet. */
  readonly holder: "agent" | "account" | "user";
  /** The agent has a record. */
  readonly isRegistered: boolean;
  /** What decided, where a policy was asked. */
  readonly policy: string | null;
}

/** What RFC 6749 §5.1 has in every answer. `expires_in` in seconds. */
export interface IssuedToken {
  readonly access_token: string;
  readonly token_type: "Bearer" | "DPoP";
  readonly expires_in: number;
  readonly scope: string;
}

export interface TokenTerms {
  readonly holder: Client;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly jkt: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const CLAIMS = { agent: agentClaims, account: accountClaims, user: walletClaims };

/** The row of a token at a node. */
export function tokenRow(delegation: DelegationRow, { holder, ...terms }: TokenTerms): TokenRow {
  const { id, parent, root, session, owner } = delegation;
  return {
    jti: uuidv7(terms.issuedAt),
    delegation: id,
    parent,
    root,
    session,
    owner,
    agent: holder.id,
    agentAuth: holder.authentication,
    ...terms,
    revokedAt: null,
  };
}

/**
 * Token, delegation and audit event in one transaction, and only then the signature: there is no token without its rows, and
 * issuance fails closed when they cannot be written (DESIGN §4).
 */
export async function issue(
  { delegation, isNew, token, holder, policy, subjectIssuedAt, isRegistered }: Issue,
  requestId: string,
  { store, keys, publicUrl, log }: Pick<AuthorityOptions, "keys" | "log" | "publicUrl" | "store">,
): Promise<Result<IssuedToken, AuthorityRefusal>> {
  const issued = tokenIssued({ time: token.issuedAt, requestId }, token, { delegation, isNew, policy });
  const event = holder === "user" ? { ...issued, chain: [], reason: "log-in=siwe" } : issued;
  const newDelegation = isNew ? delegation : null;
  const subject = subjectIssuedAt === null ? {} : { subjectIssuedAt };
  const entry = { token, newDelegation, isRegistered, ...subject, event };
  const outcome = await fromStore(() => store.issue(entry), log);
  if (!outcome.ok) return outcome;
  if (outcome.value !== "issued") return refuse(whyNot(outcome.value, isNew));
  const claims = CLAIMS[holder](token, delegation, publicUrl);
  return ok({
    access_token: signToken(claims, keys.active()),
    token_type: token.jkt === null ? "Bearer" : "DPoP",
    expires_in: claims.exp - claims.iat,
    scope: formatScope(token.scopes),
  });
}

function whyNot(outcome: Exclude<IssueOutcome, "issued">, isNew: boolean): AuthorityRefusal {
  if (outcome === "agent_gone") return { kind: "client_suspended" };
  if (outcome === "grant_revoked") return { kind: "grant_ended" };
  const isSubjectDead = isNew || outcome === "ancestor_revoked";
  return isSubjectDead ? { kind: "subject_refused", refusal: "revoked" } : { kind: "delegation_revoked" };
}
