import { readError } from "@attach-dev/sdk";
import type { Asked } from "./serve-agent.ts";

export interface Coded {
  readonly user: string;
  readonly session: string;
  readonly chain: readonly string[];
  readonly plan: string;
  readonly answer: string;
}

/** Reads the plan with its own token, and asks the engine. */
export const coder =
  (model: string) =>
  async ({ data, who, me }: Asked): Promise<Coded> => {
    const { text: plan } = await me.memory.get(String(data["mem_id"]));
    const response = await me.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: plan }] }),
    });
    if (!response.ok) throw await readError(response);
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
    const answer = choices[0]?.message.content ?? "";
    return { user: who.user.sub, session: who.session, chain: who.chain, plan, answer };
  };
