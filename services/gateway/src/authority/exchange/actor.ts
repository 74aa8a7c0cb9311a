import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import type { ExchangeQuestion } from "./question.ts";

/** S02 and identity design: an actor token says who acts now, so it is of now. */
const MAX_AGE_MS = 60_000;

type Judged = Result<undefined, AuthorityRefusal>;

/**
 * The actor token (RFC 8693 §2.1), where one came: it must be the caller's own, fresh, for us, and not used before. It adds
 * proof and nothing else: whatever chain it carries is dropped, so nothing can be spliced (S02).
 */
export async function judgeActor(question: ExchangeQuestion, options: AuthorityOptions): Promise<Judged> {
  const { actor } = question.demand;
  if (actor === undefined) return ok(undefined);
  return actor.type === "jwt"
    ? judgeStatement(actor.token, question.caller.client, options)
    : judgeOwnToken(actor.token, question, options);
}

/** A JWT that the caller has signed with its registered key. */
async function judgeStatement(
  token: string,
  { id, record }: Client,
  options: AuthorityOptions,
): Promise<Judged> {
  const jwks = record?.jwks ?? null;
  if (jwks === null) return refuse({ kind: "actor_refused", reason: "unknown_key" });
  const verified = await options.assertions.verify(token, { client: id, jwks, maxLifetimeMs: MAX_AGE_MS });
  if (!verified.ok) return refuse({ kind: "actor_refused", reason: verified.reason });
  return useOnce({ issuer: id, ...verified.value }, options);
}

/** A token of ours that the caller holds: as a service account, or as an agent. */
async function judgeOwnToken(
  token: string,
  { caller: { client }, proof }: ExchangeQuestion,
  options: AuthorityOptions,
): Promise<Judged> {
  const verified = await options.identity.verifySubject(token, "access_token", proof?.jkt ?? null);
  if (!verified.ok) return refuse({ kind: "actor_refused", reason: verified.reason });
  const { jti, issuedAt, expiresAt } = verified.value;
  if (holderOf(verified.value) !== client.id || jti === null) {
    return refuse({ kind: "actor_refused", reason: "not_the_client" });
  }
  if (issuedAt < options.clock.now() - MAX_AGE_MS)
    return refuse({ kind: "actor_refused", reason: "too_old" });
  return useOnce({ issuer: options.publicUrl, jti, expiresAt }, options);
}

function holderOf(principal: Principal): string | undefined {
  if (principal.kind === "agent") return principal.agent;
  return principal.kind === "service" ? principal.account?.client : undefined;
}

async function useOnce(
  use: { readonly issuer: string; readonly jti: string; readonly expiresAt: number },
  { store, log }: AuthorityOptions,
): Promise<Judged> {
  const { issuer, jti, expiresAt } = use;
  const fresh = await fromStore(() => store.consumeOnce({ issuer, jti, expiresAt }), log);
  if (!fresh.ok) return fresh;
  return fresh.value ? ok(undefined) : refuse({ kind: "actor_refused", reason: "used_before" });
}
