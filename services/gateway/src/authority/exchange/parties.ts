import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import type { ExchangeQuestion } from "./question.ts";

/** Who will hold the token, and so becomes its current actor. */
export interface Parties {
  readonly holder: Client;
  /** The caller hands its own token on to `holder`, who is not here to prove anything (S02). */
  readonly isPushed: boolean;
}

/**
 * Who will act. It is the caller (for a user, or having pulled another agent's token), unless the caller hands on its own
 * token by `requested_actor`.
 */
export async function decideParties(
  { demand, subject, caller: { client } }: ExchangeQuestion,
  options: AuthorityOptions,
): Promise<Result<Parties, AuthorityRefusal>> {
  const named = demand.requestedActor ?? client.id;
  if (named === client.id) return permit({ holder: client, isPushed: false }, subject, options);
  const holdsSubject = subject.kind === "agent" && subject.agent === client.id;
  if (!holdsSubject) return refuse({ kind: "requested_actor_refused" });
  const holder = await findNamed(named, client, options);
  return holder.ok ? permit({ holder: holder.value, isPushed: true }, subject, options) : holder;
}

/**
 * Nobody has proved to be the agent that was named, and its token will say so. The name of a registered one is lent only by
 * a caller that has proved who it is: else whoever holds a user's token could act under it without its credential (S01).
 */
async function findNamed(
  id: string,
  client: Client,
  { store, log, registration }: AuthorityOptions,
): Promise<Result<Client, AuthorityRefusal>> {
  const found = await fromStore(() => store.findAgent(id), log);
  if (!found.ok) return found;
  const record = found.value ?? null;
  if (record === null && registration === "registered") return refuse({ kind: "requested_actor_refused" });
  if (record !== null && client.authentication === "none") {
    return refuse({ kind: "delegation_not_permitted", from: client.id, to: id });
  }
  if (record !== null && record.status !== "active") return refuse({ kind: "chain_broken" });
  return ok({ id, authentication: "none", record });
}

/** RFC 8693 §4.4: where the subject's issuer names who may act, nobody else does. */
export function permit(
  parties: Parties,
  subject: Principal,
  { publicUrl }: AuthorityOptions,
): Result<Parties, AuthorityRefusal> {
  const permitted = subject.kind === "agent" ? undefined : subject.mayAct;
  if (permitted === undefined) return ok(parties);
  const isNamed = permitted.sub === parties.holder.id && (permitted.iss ?? publicUrl) === publicUrl;
  return isNamed ? ok(parties) : refuse({ kind: "actor_not_permitted" });
}
