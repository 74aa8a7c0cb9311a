import { GatewayError } from "../../core/errors.ts";
import { uuidv7Time } from "../../core/ids.ts";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type { DelegationRow, Store } from "../../core/ports/store.ts";
import { type Manager, manages, notYours } from "../registry/manager.ts";
import {
  agentEpoch,
  delegationRevocation,
  registeredAgentEpochs,
  sessionEpoch,
  userEpoch,
} from "./epochs.ts";
import type { RevocationCreate } from "./schema.ts";

/** What is to be written, and what the audit rows say of it. */
export interface RevocationTarget {
  /** At least one. */
  readonly records: readonly RevocationRecord[];
  readonly chain?: readonly string[];
  readonly jti?: string;
  readonly root?: string;
  readonly session?: string;
}

type Lookups = Pick<Store, "findDelegation" | "findToken" | "findSessionOwner" | "findAgent">;

/**
 * What a demand would kill, if its manager may: owners their own, `admin` all. For everybody else what is not theirs is not
 * told apart from what does not exist.
 * @throws GatewayError `forbidden`, or `not_found` for `admin`
 */
export async function findTarget(
  demand: RevocationCreate,
  manager: Manager,
  { store, publicUrl, now }: Question & { readonly publicUrl: string },
): Promise<RevocationTarget> {
  if (demand.jti !== undefined) return findToken(demand.jti, manager, { store, now });
  if (demand.dlg !== undefined) return killNode(await findNode(demand.dlg, manager, store), now);
  if (demand.root !== undefined) return findRoot(demand.root, manager, { store, now });
  if (demand.sid !== undefined) return findSession(demand.sid, manager, { store, now });
  if (demand.agent !== undefined) return findAgent(demand.agent, manager, { store, publicUrl, now });
  if (demand.user !== undefined) {
    const owner = { ...demand.user, tenant: null };
    // Whoever they are, all of their tenants die: the epoch goes by the pair.
    const isOwn = manager.owner?.iss === owner.iss && manager.owner.sub === owner.sub;
    if (!manager.isAdmin && !isOwn) throw notYours();
    return { records: [userEpoch(owner, now)] };
  }
  throw new GatewayError("bad_request", "name exactly one of jti, dlg, root, sid, agent, user");
}

interface Question {
  readonly store: Lookups;
  readonly now: number;
}

/** CONTRACT §6: revoking a token kills its node and everything below it, or its next renewal would bring it back. */
async function findToken(jti: string, manager: Manager, { store, now }: Question): Promise<RevocationTarget> {
  const token = uuidv7Time(jti) === undefined ? undefined : await store.findToken(jti);
  if (token === undefined) throw unknown(manager);
  if (!manages(manager, token.owner)) throw notYours();
  const { delegation, root, session, agent } = token;
  return { records: [delegationRevocation(delegation, now)], chain: [agent], jti, root, session };
}

async function findNode(id: string, manager: Manager, store: Lookups): Promise<DelegationRow> {
  const node = uuidv7Time(id) === undefined ? undefined : await store.findDelegation(id);
  if (node === undefined) throw unknown(manager);
  if (!manages(manager, node.owner)) throw notYours();
  return node;
}

async function findRoot(id: string, manager: Manager, { store, now }: Question): Promise<RevocationTarget> {
  const node = await findNode(id, manager, store);
  if (node.root !== id) throw new GatewayError("bad_request", "this delegation is no root: name it as dlg");
  return killNode(node, now);
}

function killNode({ id, chain, root, session }: DelegationRow, now: number): RevocationTarget {
  return { records: [delegationRevocation(id, now)], chain, root, session };
}

async function findSession(
  session: string,
  manager: Manager,
  { store, now }: Question,
): Promise<RevocationTarget> {
  const owner = await store.findSessionOwner(session);
  if (owner === undefined) throw unknown(manager);
  if (!manages(manager, owner)) throw notYours();
  return { records: [sessionEpoch(session, now)], session };
}

/** Its registered owner or `admin`; an id that nobody registered is whoever's names it, so only `admin` (CONTRACT §3). */
async function findAgent(
  id: string,
  manager: Manager,
  { store, publicUrl, now }: Question & { readonly publicUrl: string },
): Promise<RevocationTarget> {
  const agent = await store.findAgent(id);
  const isTheirs = agent === undefined ? manager.isAdmin : manages(manager, agent.owner);
  if (!isTheirs) throw notYours();
  const records =
    agent === undefined ? [agentEpoch(id, now)] : registeredAgentEpochs({ agent: id, publicUrl }, now);
  return { records, chain: [id] };
}

function unknown({ isAdmin }: Manager): GatewayError {
  return isAdmin ? new GatewayError("not_found", "there is nothing of this id") : notYours();
}
