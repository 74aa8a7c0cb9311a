import { expandScopes, parseScope } from "@attach-dev/protocol";
import type { AgentRecord } from "../core/ports/agents.ts";
import type { TokenProof } from "../core/ports/dpop.ts";
import type { DelegationRow } from "../core/ports/store.ts";
import type { ServicePrincipal } from "../core/principal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { sessionId } from "../core/session.ts";
import type { Form } from "../http/form.ts";
import type { Caller, Client } from "./client.ts";
import { accountRefused } from "./events.ts";
import { chooseAudience } from "./exchange/audience.ts";
import { rootDelegation } from "./exchange/delegation.ts";
import { decideExpiry } from "./exchange/lifetime.ts";
import { askPolicyOfAccount } from "./exchange/policy.ts";
import { decideScopes } from "./exchange/scopes.ts";
import { type Issue, type IssuedToken, issue, type TokenTerms, tokenRow } from "./issue.ts";
import type { AuthorityOptions } from "./options.ts";
import { consumeProof } from "./proof.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { fromStore } from "./store-call.ts";

/** A registered agent asks for a token of its own, and the key it has proved to hold. */
export interface AccountCaller {
  readonly caller: Caller;
  readonly proof: TokenProof | null;
}

interface Account extends Client {
  readonly record: AgentRecord;
}

type Issued = Result<IssuedToken, AuthorityRefusal>;

/**
 * `client_credentials` (RFC 6749 §4.4): a registered agent acts for itself, as the owner (`PUBLIC_URL`, its id), without `act`
 * (CONTRACT §6). Its token is a node of its own, so that every kind of revocation reaches it; the node is never renewed, since
 * the agent may ask again.
 */
export async function clientCredentials(
  form: Form,
  { caller, proof }: AccountCaller,
  options: AuthorityOptions,
): Promise<Issued> {
  const account = asAccount(caller.client);
  if (account === undefined) return refuse({ kind: "client_has_no_account" });
  const issued = await grant(form, { account, caller, proof }, options);
  if (!issued.ok) {
    const occasion = { time: caller.at, requestId: caller.requestId };
    await recordRefusal(accountRefused(occasion, ownerOf(account, options), issued.reason), options);
  }
  return issued;
}

async function grant(
  form: Form,
  { account, caller, proof }: AccountCaller & { readonly account: Account },
  options: AuthorityOptions,
): Promise<Issued> {
  const targets = (["resource", "audience"] as const).flatMap((kind) =>
    form.all(kind).map((value) => ({ kind, value })),
  );
  const audience = await chooseAudience(targets, account, options);
  if (!audience.ok) return audience;
  const decided = decide(form, { account, caller, proof, audience: audience.value }, options);
  if (!decided.ok) return decided;
  const proved = await fromStore(() => consumeProof(proof, options.store), options.log);
  if (!proved.ok) return proved;
  return proved.value.ok ? issue(decided.value, caller.requestId, options) : proved.value;
}

function decide(
  form: Form,
  asked: AccountCaller & { readonly account: Account; readonly audience: string },
  options: AuthorityOptions,
): Result<Issue, AuthorityRefusal> {
  const { account, caller, proof, audience } = asked;
  const scope = form.get("scope");
  const requested = scope === undefined ? undefined : parseScope(scope);
  if (scope !== undefined && requested === undefined) return refuse({ kind: "scope_malformed" });
  // No user stands behind it, so there is nobody's whole to take: what it may do is what its record names (S04).
  const scopes = decideScopes({
    requested,
    subject: expandScopes(account.record.scopes ?? []),
    delegation: undefined,
    mode: options.tokens.scopeMode,
  });
  if (!scopes.ok) return scopes;
  const rules = { ...options.tokens, agentTtlSeconds: account.record.ttl };
  const expiresAt = decideExpiry({ ttl: form.get("ttl"), now: caller.at, limits: [], rules });
  if (!expiresAt.ok) return expiresAt;
  const delegation = nodeOf(account, { caller, scopes: scopes.value }, options);
  const jkt = proof?.jkt ?? null;
  const terms = { scopes: scopes.value, audience, expiresAt: expiresAt.value, jkt };
  const principal = asPrincipal(delegation, terms);
  const policy = askPolicyOfAccount(principal, { holder: account, caller, ...terms }, options);
  if (!policy.ok) return policy;
  const token = tokenRow(delegation, {
    holder: account,
    issuedAt: caller.at,
    ...terms,
  });
  const answer = { delegation, isNew: true, token, isRegistered: true, subjectIssuedAt: null };
  return ok({ ...answer, holder: "account", policy: policy.value });
}

/** Who the token will stand for, as policies see it: the account in person. */
function asPrincipal(
  { id, session, owner, agent, createdAt }: DelegationRow,
  terms: Pick<TokenTerms, "audience" | "expiresAt" | "jkt" | "scopes">,
): ServicePrincipal {
  return {
    kind: "service",
    owner,
    scopes: new Set(terms.scopes),
    issuedAt: createdAt,
    expiresAt: terms.expiresAt,
    jti: null,
    audiences: [terms.audience],
    jkt: terms.jkt,
    account: { client: agent, session, delegation: id },
  };
}

function nodeOf(
  account: Account,
  { caller, scopes }: { readonly caller: Caller; readonly scopes: readonly string[] },
  options: AuthorityOptions,
): DelegationRow {
  const owner = ownerOf(account, options);
  const session = sessionId(options.sessionKey, owner, caller.userAgent);
  return rootDelegation(
    { owner, agent: account.id },
    { scopes, session, renewableUntil: caller.at },
    caller.at,
  );
}

const ownerOf = ({ id }: Account, { publicUrl }: AuthorityOptions) => ({
  iss: publicUrl,
  sub: id,
  tenant: null,
});

function asAccount({ record, ...client }: Client): Account | undefined {
  return record === null || client.authentication === "none" ? undefined : { ...client, record };
}
