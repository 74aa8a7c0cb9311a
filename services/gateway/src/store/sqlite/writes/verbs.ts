import { ownerKey } from "../../../core/owner.ts";
import type { AuditEvent, Checkpoint } from "../../../core/ports/audit.ts";
import type { LedgerGrant } from "../../../core/ports/ledger.ts";
import type { UsageStore } from "../../../core/ports/metering.ts";
import type { RevocationRecord } from "../../../core/ports/revocations.ts";
import type { IssueOutcome, Store } from "../../../core/ports/store.ts";
import type { TaskRow, TaskStore } from "../../../core/ports/tasks.ts";
import type { Connection } from "../connect.ts";
import { outboxWrites } from "../memory/outbox-writes.ts";
import { spoolWrites } from "../memory/spool.ts";
import { type MemoryVerbs, memoryVerbs, type OutboxVerbs } from "../memory/verbs.ts";
import { memoryWrites } from "../memory/writes.ts";
import { a2aWrites } from "./a2a.ts";
import { agentWrites } from "./agents.ts";
import { auditChain } from "./audit-chain.ts";
import { delegationWrites } from "./delegations.ts";
import { factWrites, REGISTRY_VERSION } from "./facts.ts";
import { grantWrites } from "./grants.ts";
import { type LedgerOrders, ledgerWrites } from "./ledger.ts";
import { type PackedEvent, unpackEvent } from "./packed-event.ts";
import { purgeStatements } from "./purge.ts";
import { revocationWrites } from "./revocations.ts";
import { signingKeyWrites } from "./signing-keys.ts";
import { singleUseWrites } from "./single-uses.ts";
import { taskWrites } from "./tasks.ts";
import { tokenWrites } from "./tokens.ts";
import { usageWrites } from "./usage.ts";

type Shared =
  | "issue"
  | "revoke"
  | "consumeOnce"
  | "createAgent"
  | "updateAgent"
  | "deleteAgent"
  | "putGrant"
  | "revokeGrant"
  | "addFirstSigningKey"
  | "replaceSigningKeys"
  | "rememberOnce"
  | "replaceFact";

/** The verbs of the store that write, as they run inside a transaction. Their arguments and answers are plain JSON. */
export type WriteVerbs = {
  readonly [Verb in Shared]: (...args: Parameters<Store[Verb]>) => Awaited<ReturnType<Store[Verb]>>;
} & MemoryVerbs &
  OutboxVerbs &
  Pick<ReturnType<typeof a2aWrites>, "claim" | "putPush" | "namePush" | "removePushes"> & {
    append(events: readonly PackedEvent[]): void;
    addCheckpoint(checkpoint: Checkpoint): void;
    erase(user: NonNullable<AuditEvent["user"]>, event: AuditEvent): number;
    addUsage(...args: Parameters<UsageStore["add"]>): void;
    usageSent(seqs: readonly number[]): void;
    addTask(...args: Parameters<TaskStore["add"]>): "added" | "full";
    beginTask(...args: Parameters<TaskStore["begin"]>): boolean;
    nameTask(...args: Parameters<TaskStore["name"]>): boolean;
    endTask(...args: Parameters<TaskStore["end"]>): boolean;
    cancelTask(...args: Parameters<TaskStore["cancel"]>): boolean;
    keepTaskNode(...args: Parameters<TaskStore["keepNode"]>): void;
    releaseTaskNode(node: string): void;
    adoptTasks(...args: Parameters<TaskStore["adopt"]>): readonly TaskRow[];
    exchangeLedger(batch: LedgerOrders): readonly LedgerGrant[];
    /** One round; answers how many rows went. */
    purge(now: number): number;
    /** Nothing: that it ran says that the write lock and the audit chain are there. */
    ping(): void;
  };

export interface Writer {
  readonly verbs: WriteVerbs;
  /** Reads the head of the audit chain again: what the verbs build on is known for one transaction only. */
  reread(): void;
}

/** The fact that says whose an agent's id was last. */
const retired = (id: string) => `retired-agent:${id}`;

/** The verbs on one open, migrated connection. Each is to run inside a transaction that holds the write lock. */
export function createWriter(db: Connection): Writer {
  const chain = auditChain(db);
  const delegations = delegationWrites(db);
  const tokens = tokenWrites(db);
  const revocations = revocationWrites(db);
  const uses = singleUseWrites(db);
  const agents = agentWrites(db);
  const grants = grantWrites(db);
  const keys = signingKeyWrites(db);
  const facts = factWrites(db);
  const usage = usageWrites(db);
  const ledger = ledgerWrites(db);
  const tasks = taskWrites(db);
  const a2a = a2aWrites(db);
  const garbage = purgeStatements(db);
  const memory = memoryWrites(db);
  const spool = spoolWrites(db, memory.add);
  const outbox = outboxWrites(db, memory);

  function judge(entry: Parameters<Store["issue"]>[0]): IssueOutcome {
    const outcome = judgeTree(entry);
    if (outcome !== "issued") return outcome;
    // An epoch says when its writer decided: what was judged between then and the commit is younger, and known by its record.
    const { token, isRegistered = false } = entry;
    if (isRegistered && !agents.isActive(token.agent)) return "agent_gone";
    return grants.isTakenBack(token.owner, token.agent) ? "grant_revoked" : "issued";
  }

  function judgeTree({ token, newDelegation, subjectIssuedAt }: Parameters<Store["issue"]>[0]): IssueOutcome {
    if (subjectIssuedAt !== undefined && delegations.isOwnerOutlawed(token.owner, subjectIssuedAt)) {
      return "ancestor_revoked";
    }
    if (newDelegation === null) {
      const ancestors = delegations.ancestorsOf(token.delegation);
      if (ancestors === undefined) return "delegation_revoked";
      return ancestors.every(delegations.isAlive) ? "issued" : "ancestor_revoked";
    }
    if (!newDelegation.ancestors.every(delegations.isAlive)) return "ancestor_revoked";
    return delegations.isOutlawed(newDelegation) ? "delegation_revoked" : "issued";
  }

  /** Records what is dead and marks the rows it kills, so that nothing can be issued below them. */
  function kill(record: RevocationRecord): void {
    revocations.insert(record);
    if (record.kind === "jti") tokens.revoke(record.value, record.at);
    for (const id of delegations.revoke(record)) tokens.revokeAll(id, record.at);
  }

  /** In the transaction that changes an agent or a grant, for every process that knows the old one. */
  const registryChanged = () => facts.countUp(REGISTRY_VERSION);

  function killAll(epochs: readonly RevocationRecord[]): void {
    for (const epoch of epochs) if (!revocations.covers(epoch)) kill(epoch);
  }

  const verbs: WriteVerbs = {
    issue(entry) {
      const outcome = judge(entry);
      if (outcome !== "issued") return outcome;
      if (entry.newDelegation !== null) delegations.insert(entry.newDelegation);
      tokens.insert(entry.token);
      chain.append(entry.event);
      return outcome;
    },
    revoke(record, event) {
      if (revocations.covers(record)) return "repeated";
      kill(record);
      chain.append(event);
      return "revoked";
    },
    consumeOnce: (use) => uses.consume(use),
    createAgent(agent, event, most = null) {
      const lastOwner = facts.find(retired(agent.id));
      if (lastOwner !== undefined && lastOwner !== ownerKey(agent.owner)) return "taken";
      if (most !== null && agents.countOf(agent.owner) >= most) return "too_many";
      if (!agents.insert(agent)) return "taken";
      registryChanged();
      chain.append(event);
      return "created";
    },
    updateAgent({ agent, readAt, epochs, event }) {
      const outcome = agents.replace(agent, readAt);
      if (outcome !== "updated") return outcome;
      registryChanged();
      killAll(epochs);
      chain.append(event);
      return outcome;
    },
    deleteAgent(id, epochs, event) {
      const owner = agents.remove(id);
      if (owner === undefined) return "absent";
      facts.replace(retired(id), ownerKey(owner));
      registryChanged();
      killAll(epochs);
      grants.revokeAll(id, event.time);
      chain.append(event);
      return "deleted";
    },
    putGrant(grant, event, most = null) {
      if (most !== null && grants.countBeside(grant) >= most) return "too_many";
      grants.replace(grant);
      registryChanged();
      chain.append(event);
      return "put";
    },
    revokeGrant(id, at, event) {
      if (!grants.revoke(id, at)) return "absent";
      registryChanged();
      chain.append(event);
      return "revoked";
    },
    addFirstSigningKey(key, event) {
      const standing = keys.all();
      if (standing.length > 0) return standing;
      keys.add(key);
      chain.append(event);
      return keys.all();
    },
    replaceSigningKeys({ expected, keys: fresh, event }) {
      const active = keys.all().findLast(({ status }) => status === "active");
      if (active?.kid !== expected) return "changed";
      keys.replace(fresh);
      chain.append(event);
      return "replaced";
    },
    rememberOnce: (name, value) => facts.rememberOnce(name, value),
    replaceFact: (name, value) => facts.replace(name, value),
    append(events) {
      for (const event of events) chain.append(unpackEvent(event));
    },
    addCheckpoint: chain.addCheckpoint,
    ...a2a,
    erase(user, event) {
      const erased = chain.erase(user);
      chain.append(event);
      return erased;
    },
    addUsage: usage.add,
    usageSent: usage.sent,
    addTask: tasks.add,
    beginTask: tasks.begin,
    nameTask: tasks.name,
    endTask: tasks.end,
    cancelTask: tasks.cancel,
    keepTaskNode: tasks.keepNode,
    releaseTaskNode: tasks.releaseNode,
    adoptTasks: tasks.adopt,
    exchangeLedger: (batch) => ledger.exchange(batch),
    purge: (now) => garbage.round(now),
    ping: () => {},
    ...memoryVerbs({ memory, spool, outbox, append: chain.append }),
  };
  return { verbs, reread: chain.reread };
}
