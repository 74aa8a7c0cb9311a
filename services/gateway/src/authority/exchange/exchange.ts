import { actorChain, type TokenExchangeResponse } from "@attach-dev/protocol";
import type { TokenProof } from "../../core/ports/dpop.ts";
import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Form } from "../../http/form.ts";
import type { Caller } from "../client.ts";
import { tokenRefused } from "../events.ts";
import type { AuthorityOptions } from "../options.ts";
import { recordRefusal } from "../record-refusal.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { type ExchangeDemand, readDemand } from "./demand.ts";
import { grant } from "./grant.ts";

type Exchanged = Result<TokenExchangeResponse, AuthorityRefusal>;

/** Who asks, and the key it has proved to hold. */
export interface ExchangeCaller {
  readonly caller: Caller;
  readonly proof: TokenProof | null;
}

/**
 * A subject's token for an agent's own (RFC 8693). A refusal is audited once the subject is known; what comes before that is
 * anybody's junk, and is answered and logged only, so that nobody without a token can fill the disk.
 */
export async function exchange(
  form: Form,
  { caller, proof }: ExchangeCaller,
  options: AuthorityOptions,
): Promise<Exchanged> {
  const demand = readDemand(form);
  if (!demand.ok) return demand;
  const subject = await verifySubject(demand.value, { caller, proof }, options);
  if (!subject.ok) return subject;
  const question = { demand: demand.value, subject: subject.value, caller, proof };
  const granted = await grant(question, options);
  if (!granted.ok) {
    const agent = demand.value.requestedActor ?? caller.client.id;
    const chain = [agent, ...earlier(subject.value).filter((one) => one !== agent)];
    await recordRefusal(
      tokenRefused({ time: caller.at, requestId: caller.requestId }, subject.value, {
        chain,
        refusal: granted.reason,
      }),
      options,
    );
  }
  return granted;
}

function earlier(subject: Principal): readonly string[] {
  return subject.kind === "agent" ? actorChain(subject.act) : [];
}

/**
 * RFC 8693 §2.2.2. Which rules apply is decided by the token's `iss` and the type it is presented as (CONTRACT §6). A token of
 * ours may also be addressed to the registered agent that presents it: that is how an agent goes on as itself.
 */
async function verifySubject(
  { subjectToken, subjectType }: ExchangeDemand,
  { caller, proof }: ExchangeCaller,
  { identity }: AuthorityOptions,
): Promise<Result<Principal, AuthorityRefusal>> {
  const jkt = proof?.jkt ?? null;
  const verified = await identity.verifySubject(subjectToken, subjectType, jkt);
  if (verified.ok) return ok(verified.value);
  const resource = caller.client.record?.endpoint?.resource;
  if (verified.reason === "wrong_audience" && subjectType === "access_token" && resource !== undefined) {
    const addressed = await identity.verifyAddressed(subjectToken, new Set([resource]), jkt);
    if (addressed.ok) return ok(addressed.value);
  }
  return refuse({ kind: "subject_refused", refusal: verified.reason });
}
