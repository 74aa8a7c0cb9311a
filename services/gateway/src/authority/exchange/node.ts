import { uuidv7Time } from "../../core/ids.ts";
import type { DelegationRow } from "../../core/ports/store.ts";
import type { Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import type { Parties } from "./parties.ts";
import type { ExchangeQuestion } from "./question.ts";

/** Where in a delegation tree the token belongs: a new tree, below an agent's node, or a node that is there (renewal). */
export type Node =
  | { readonly kind: "root" }
  | { readonly kind: "child"; readonly parent: DelegationRow }
  | { readonly kind: "renewal"; readonly row: DelegationRow; readonly by: RenewedBy };

/** Whose live token is shown: the owner's own, the agent's of the node above, or that of the very node. */
type RenewedBy = "owner" | "parent" | "self";

export async function findNode(
  question: ExchangeQuestion,
  parties: Parties,
  options: AuthorityOptions,
): Promise<Result<Node, AuthorityRefusal>> {
  const { demand, subject } = question;
  if (demand.delegation !== undefined) {
    const row = await findRow(demand.delegation, options);
    return row.ok ? judgeRenewal(row.value, { question, parties }) : row;
  }
  if (subject.kind !== "agent") return ok({ kind: "root" });
  const parent = await findRow(subject.delegation, options);
  if (!parent.ok) return parent;
  return parent.value === undefined || parent.value.revokedAt !== null
    ? refuse({ kind: "subject_refused", refusal: "revoked" })
    : ok({ kind: "child", parent: parent.value });
}

/** Who acted before `holder` at this node, latest first. */
export function earlierActors(node: Node): readonly string[] {
  if (node.kind === "root") return [];
  return node.kind === "child" ? node.parent.chain : node.row.chain.slice(1);
}

async function findRow(
  id: string,
  { store, log }: AuthorityOptions,
): Promise<Result<DelegationRow | undefined, AuthorityRefusal>> {
  return uuidv7Time(id) === undefined ? ok(undefined) : fromStore(() => store.findDelegation(id), log);
}

/**
 * May this node be renewed (CONTRACT §6)? It must be of the same owner and agent, alive, within its session. What is not
 * theirs is not told apart from what does not exist.
 */
function judgeRenewal(
  row: DelegationRow | undefined,
  { question, parties }: { readonly question: ExchangeQuestion; readonly parties: Parties },
): Result<Node, AuthorityRefusal> {
  const { subject, caller } = question;
  const by = row === undefined ? undefined : relationTo(row, subject);
  if (row === undefined || by === undefined || row.agent !== parties.holder.id) {
    return refuse({ kind: "delegation_unknown" });
  }
  if (row.revokedAt !== null) return refuse({ kind: "delegation_revoked" });
  if (row.renewableUntil <= caller.at) return refuse({ kind: "delegation_ended" });
  // A plain bearer cannot renew itself, so that a stolen one dies in minutes. A bound one has been proved by its key (S03).
  const isProved = subject.jkt !== null || caller.client.authentication !== "none";
  if (by === "self" && !isProved) return refuse({ kind: "renewal_unproven" });
  return ok({ kind: "renewal", row, by });
}

function relationTo(row: DelegationRow, subject: Principal): RenewedBy | undefined {
  const { iss, sub, tenant } = subject.owner;
  if (row.owner.iss !== iss || row.owner.sub !== sub || row.owner.tenant !== tenant) return undefined;
  if (subject.kind !== "agent") return "owner";
  if (subject.delegation === row.id) return "self";
  return subject.delegation === row.parent ? "parent" : undefined;
}
