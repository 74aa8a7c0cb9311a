import { uuidv7 } from "../../core/ids.ts";
import type { DelegationRow } from "../../core/ports/store.ts";
import type { Principal } from "../../core/principal.ts";

interface Terms {
  readonly scopes: readonly string[];
  readonly session: string;
  readonly renewableUntil: number;
}

/** The first node of a tree: its owner to an agent, without a parent. */
export function rootDelegation(
  { owner, agent }: { readonly owner: Principal["owner"]; readonly agent: string },
  terms: Terms,
  now: number,
): DelegationRow {
  const id = uuidv7(now);
  return {
    id,
    root: id,
    parent: null,
    ancestors: [],
    owner,
    agent,
    chain: [agent],
    ...terms,
    createdAt: now,
    revokedAt: null,
  };
}

/** A node below another: its chain is that of the node above, with one agent before it. */
export function childDelegation(
  { parent, agent }: { readonly parent: DelegationRow; readonly agent: string },
  { scopes }: Pick<Terms, "scopes">,
  now: number,
): DelegationRow {
  return {
    id: uuidv7(now),
    root: parent.root,
    parent: parent.id,
    ancestors: [...parent.ancestors, parent.id],
    owner: parent.owner,
    agent,
    chain: [agent, ...parent.chain],
    session: parent.session,
    scopes,
    createdAt: now,
    renewableUntil: parent.renewableUntil,
    revokedAt: null,
  };
}
