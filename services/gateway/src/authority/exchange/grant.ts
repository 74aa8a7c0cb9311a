import { formatScope, type TokenExchangeResponse } from "@attach-dev/protocol";
import { uuidv7 } from "../../core/ids.ts";
import type { DelegationRow, TokenRow } from "../../core/ports/store.ts";
import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { sessionId } from "../../core/session.ts";
import type { Caller } from "../client.ts";
import { tokenIssued } from "../events.ts";
import { agentClaims, signToken } from "../mint.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { chooseAudience } from "./audience.ts";
import { findRenewable, newDelegation } from "./delegation.ts";
import type { ExchangeDemand } from "./demand.ts";
import { decideExpiry } from "./lifetime.ts";
import { decideScopes } from "./scopes.ts";

/** A verified user asks for a token for an agent. */
export interface GrantQuestion {
  readonly demand: ExchangeDemand;
  readonly subject: Principal;
  readonly caller: Caller;
}

interface Issue {
  readonly delegation: DelegationRow;
  readonly isNew: boolean;
  readonly token: TokenRow;
}

/** What may be granted to a user who is known, recorded before it is signed: there is no token without its rows. */
export async function grant(
  question: GrantQuestion,
  options: AuthorityOptions,
): Promise<Result<TokenExchangeResponse, AuthorityRefusal>> {
  const audience = chooseAudience(question.demand.targets, options.publicUrl);
  if (!audience.ok) return audience;
  const renewed = await findNamedDelegation(question, options);
  if (!renewed.ok) return renewed;
  const issue = decide(question, { audience: audience.value, renewed: renewed.value }, options);
  if (!issue.ok) return issue;
  const recorded = await record(issue.value, question.caller, options);
  if (!recorded.ok) return recorded;
  return ok(respond(issue.value, question.demand, options));
}

async function findNamedDelegation(
  { demand, subject, caller }: GrantQuestion,
  { store, clock, log }: AuthorityOptions,
): Promise<Result<DelegationRow | undefined, AuthorityRefusal>> {
  if (demand.delegation === undefined) return ok(undefined);
  const named = { id: demand.delegation, subject, agent: caller.client.id };
  try {
    return await findRenewable(named, { store, clock });
  } catch (err) {
    log.error({ requestId: caller.requestId, err }, "a delegation could not be read");
    return refuse({ kind: "store_unavailable" });
  }
}

function decide(
  { demand, subject, caller }: GrantQuestion,
  found: { readonly audience: string; readonly renewed: DelegationRow | undefined },
  { clock, tokens: rules, sessionKey }: AuthorityOptions,
): Result<Issue, AuthorityRefusal> {
  const now = clock.now();
  const { audience, renewed } = found;
  const scopes = decideScopes({
    requested: demand.scopes,
    subject: subject.scopes,
    delegation: renewed?.scopes,
    mode: rules.scopeMode,
  });
  if (!scopes.ok) return scopes;
  const renewableUntil = renewed?.renewableUntil ?? now + rules.sessionMaxSeconds * 1000;
  const limits = [subject.expiresAt, renewableUntil];
  const expiresAt = decideExpiry({ ttl: demand.ttl, now, limits, rules });
  if (!expiresAt.ok) return expiresAt;

  const { id: agent, authentication: agentAuth } = caller.client;
  const session = renewed?.session ?? sessionId(sessionKey, subject.owner, caller.userAgent);
  const delegation =
    renewed ?? newDelegation({ subject, agent }, { scopes: scopes.value, session, renewableUntil }, now);
  const token: TokenRow = {
    jti: uuidv7(now),
    delegation: delegation.id,
    parent: delegation.parent,
    root: delegation.root,
    session,
    owner: delegation.owner,
    agent,
    agentAuth,
    audience,
    scopes: scopes.value,
    jkt: null,
    issuedAt: now,
    expiresAt: expiresAt.value,
    revokedAt: null,
  };
  return ok({ delegation, isNew: renewed === undefined, token });
}

/** Token, delegation and audit event in one transaction; issuance fails closed when they cannot be written (DESIGN §4). */
async function record(
  { delegation, isNew, token }: Issue,
  { requestId }: Caller,
  { store, log }: AuthorityOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  const event = tokenIssued({ time: token.issuedAt, requestId }, token, delegation);
  try {
    const outcome = await store.issue({ token, newDelegation: isNew ? delegation : null, event });
    return outcome === "issued" ? ok(undefined) : refuse({ kind: "delegation_revoked" });
  } catch (err) {
    log.error({ requestId, err }, "a token could not be recorded, and was not issued");
    return refuse({ kind: "store_unavailable" });
  }
}

function respond(
  { token, delegation }: Issue,
  { issuedType }: ExchangeDemand,
  { keys, publicUrl }: AuthorityOptions,
): TokenExchangeResponse {
  const claims = agentClaims(token, delegation, publicUrl);
  return {
    access_token: signToken(claims, keys.active()),
    issued_token_type: issuedType,
    token_type: "Bearer",
    expires_in: claims.exp - claims.iat,
    scope: formatScope(token.scopes),
  };
}
