import type { Clock } from "../../core/clock.ts";
import { uuidv7, uuidv7Time } from "../../core/ids.ts";
import type { DelegationRow, Store } from "../../core/ports/store.ts";
import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { AuthorityRefusal } from "../refusal.ts";

export interface RenewalQuestion {
  /** The delegation that the caller names. */
  readonly id: string;
  readonly subject: Principal;
  readonly agent: string;
}

/**
 * The delegation to renew: of the same owner and agent, alive, within its session (CONTRACT §6). What is not theirs is not
 * told apart from what does not exist.
 */
export async function findRenewable(
  { id, subject, agent }: RenewalQuestion,
  { store, clock }: { readonly store: Pick<Store, "findDelegation">; readonly clock: Clock },
): Promise<Result<DelegationRow, AuthorityRefusal>> {
  const row = uuidv7Time(id) === undefined ? undefined : await store.findDelegation(id);
  if (row === undefined) return refuse({ kind: "delegation_unknown" });
  return judgeRenewal(row, { subject, agent, now: clock.now() });
}

/** Pure half of `findRenewable`. */
function judgeRenewal(
  row: DelegationRow,
  { subject, agent, now }: { readonly subject: Principal; readonly agent: string; readonly now: number },
): Result<DelegationRow, AuthorityRefusal> {
  const { iss, sub, tenant } = subject.owner;
  const isTheirs =
    row.owner.iss === iss && row.owner.sub === sub && row.owner.tenant === tenant && row.agent === agent;
  if (!isTheirs) return refuse({ kind: "delegation_unknown" });
  if (row.revokedAt !== null) return refuse({ kind: "delegation_revoked" });
  return row.renewableUntil > now ? ok(row) : refuse({ kind: "delegation_ended" });
}

/** The first node of a tree: the user to an agent, without a parent. */
export function newDelegation(
  { subject, agent }: { readonly subject: Principal; readonly agent: string },
  grant: { readonly scopes: readonly string[]; readonly session: string; readonly renewableUntil: number },
  now: number,
): DelegationRow {
  const id = uuidv7(now);
  return {
    id,
    root: id,
    parent: null,
    ancestors: [],
    owner: subject.owner,
    agent,
    chain: [agent],
    ...grant,
    createdAt: now,
    revokedAt: null,
  };
}
