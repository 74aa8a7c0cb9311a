import type { Owner } from "../../core/owner.ts";
import type { A2aCall } from "../calls/call.ts";
import { taskNotFound } from "../errors/a2a-error.ts";
import type { Ownership } from "../ownership.ts";
import { invalidAnswer } from "../results/judge.ts";
import type { Told } from "../results/things.ts";

export interface Claimant {
  readonly agent: string;
  readonly owner: Owner;
  readonly ownership: Ownership;
}

/**
 * Everything that a call names is its caller's, or it is "not found" (spec §13.1): the task, those it refers to, the context. A context that nobody
 * has had is the caller's from now on, before the agent hears of it.
 * @throws A2aError `TASK_NOT_FOUND`
 */
export async function checkNamed({ named }: A2aCall, { agent, owner, ownership }: Claimant): Promise<void> {
  for (const id of named.tasks)
    if (!(await ownership.isOwn({ agent, kind: "task", id }, owner))) throw taskNotFound();
  const { context } = named;
  if (context === null) return;
  if (!(await ownership.claim([{ agent, kind: "context", id: context }], owner))) throw taskNotFound();
}

/**
 * What an agent tells of is the caller's from now on, before the caller hears of it. An agent that mixes its users up is not passed on.
 * @throws A2aError `INVALID_AGENT_RESPONSE`
 */
export async function claimTold(told: Told, { agent, owner, ownership }: Claimant): Promise<void> {
  const things = [
    ...[...told.tasks].map((id) => ({ agent, kind: "task", id }) as const),
    ...[...told.contexts].map((id) => ({ agent, kind: "context", id }) as const),
  ];
  if (!(await ownership.claim(things, owner))) throw invalidAnswer();
}
