import { callAgent } from "./call-agent.ts";
import type { Coded } from "./coder.ts";
import type { Asked } from "./serve-agent.ts";

export interface Planned {
  readonly user: string;
  readonly session: string;
  readonly chain: readonly string[];
  readonly mem_id: string;
  readonly code: Coded;
}

/** Makes a plan, keeps it, and hands nothing on but where it is. */
export const planner =
  (coder: string) =>
  async ({ text, who, me }: Asked): Promise<Planned> => {
    const plan = `Plan: ${text}\n1. Say what goes in and what comes out.\n2. Write it.\n3. Try it.`;
    const { id: mem_id } = await me.memory.write({ text: plan, kind: "note" });
    // By the gateway, as itself: the coder gets a token of its own, and never sees this one.
    const code = (await callAgent(coder, { data: { mem_id } }, me.fetch)) as Coded;
    return { user: who.user.sub, session: who.session, chain: who.chain, mem_id, code };
  };
