import type { TokenExchangeResponse } from "@attach-dev/protocol";
import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Form } from "../../http/form.ts";
import type { Caller } from "../client.ts";
import { tokenRefused } from "../events.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { type ExchangeDemand, readDemand } from "./demand.ts";
import { grant } from "./grant.ts";

type Exchanged = Result<TokenExchangeResponse, AuthorityRefusal>;

/**
 * A user's token for an agent's own (RFC 8693). A refusal is audited once the user is known; what comes before that is
 * anybody's junk, and is answered and logged only, so that nobody without a user's token can fill the disk.
 */
export async function exchange(form: Form, caller: Caller, options: AuthorityOptions): Promise<Exchanged> {
  const demand = readDemand(form);
  if (!demand.ok) return demand;
  const subject = await verifySubject(demand.value, options);
  if (!subject.ok) return subject;
  const granted = await grant({ demand: demand.value, subject: subject.value, caller }, options);
  if (!granted.ok) await auditRefusal(granted.reason, { subject: subject.value, caller }, options);
  return granted;
}

/** RFC 8693 §2.2.2. Which rules apply is decided by the token's `iss` and the type it is presented as (CONTRACT §6). */
async function verifySubject(
  { subjectToken, subjectType }: ExchangeDemand,
  { identity }: AuthorityOptions,
): Promise<Result<Principal, AuthorityRefusal>> {
  const verified = await identity.verifySubject(subjectToken, subjectType);
  if (!verified.ok) return refuse({ kind: "subject_refused", refusal: verified.reason });
  // A plain bearer must not renew itself, and delegation from agent to agent is not offered yet.
  return verified.value.kind === "agent" ? refuse({ kind: "subject_is_agent" }) : ok(verified.value);
}

async function auditRefusal(
  { kind }: AuthorityRefusal,
  { subject, caller }: { readonly subject: Principal; readonly caller: Caller },
  { store, clock, log }: AuthorityOptions,
): Promise<void> {
  const occasion = { time: clock.now(), requestId: caller.requestId };
  try {
    await store.trail.append([tokenRefused(occasion, subject, { agent: caller.client.id, reason: kind })]);
  } catch (err) {
    // The refusal stands either way: nothing was issued.
    log.error({ requestId: caller.requestId, err }, "a refusal could not be recorded");
  }
}
