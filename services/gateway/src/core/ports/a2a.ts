import type { Owner } from "../owner.ts";

/** A task or context of an agent behind the gateway, by the agent's own name for it. */
export interface AgentThing {
  readonly agent: string;
  readonly kind: "task" | "context";
  readonly id: string;
}

export interface Claim extends AgentThing {
  readonly owner: Owner;
}

/** Where an agent is told to send notices of a task, and where they go from there. */
export interface PushRow {
  /** In the address that the agent is given; not guessable. */
  readonly id: string;
  readonly agent: string;
  readonly owner: Owner;
  /** `null` until the agent has said which task it made. */
  readonly task: string | null;
  /** The configuration's id, as client and agent know it; `null` until then, too. */
  readonly config: string | null;
  /** The client's webhook. */
  readonly url: string;
  /** What the webhook is shown: ciphertext. */
  readonly sealed: string;
  /** SHA-256 of what the agent must show here, hex. */
  readonly secretHash: string;
  readonly createdAt: number;
}

/** Whose the agents' tasks and contexts are, and where notices go. */
export interface A2aStore {
  /** Whose each of these is from now on, in order: who claimed one first keeps it, also over other processes. */
  claim(claims: readonly Claim[], now: number): Promise<readonly Owner[]>;
  ownerOf(thing: AgentThing): Promise<Owner | undefined>;
  /** How many of an agent's tasks are this owner's. */
  countTasks(agent: string, owner: Owner): Promise<number>;
  putPush(row: PushRow): Promise<void>;
  findPush(id: string): Promise<PushRow | undefined>;
  /** Says which task and configuration it is; what was said before stands. */
  namePush(id: string, names: { readonly task: string; readonly config: string | null }): Promise<void>;
  /** @returns how many went */
  removePushes(which: { readonly id: string } | PushNames): Promise<number>;
}

export interface PushNames {
  readonly agent: string;
  readonly task: string;
  readonly config: string;
}
