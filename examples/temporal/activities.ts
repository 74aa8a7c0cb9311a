import { setTimeout as sleep } from "node:timers/promises";
import { readError } from "@attach-dev/sdk";
import { heartbeat } from "@temporalio/activity";
import type { createActFor } from "./act-for.ts";
import type { Identity } from "./workflows.ts";

interface Setting {
  /** How long a step takes at least. */
  readonly stepMs: number;
  /** `undefined`: the worker has no account at the gateway, and asks no engine. */
  readonly actFor: ReturnType<typeof createActFor> | undefined;
  readonly model: string;
}

export function createActivities({ stepMs, actFor, model }: Setting) {
  async function work(): Promise<void> {
    for (const until = Date.now() + stepMs; Date.now() < until; ) {
      heartbeat();
      await sleep(Math.min(200, stepMs));
    }
  }
  return {
    async draft(topic: string, { user, chain }: Identity): Promise<string> {
      await work();
      return `draft on ${topic}, asked by ${[...chain].reverse().join(" and ") || "nobody else"} for ${user.sub}`;
    },
    async review(text: string, _identity: Identity): Promise<string> {
      await work();
      return `${text} (reviewed)`;
    },
    /** Asks the engine through the gateway, as the worker on behalf of who asked. */
    async think(question: string, identity: Identity): Promise<string> {
      if (actFor === undefined) throw new Error("the worker has no account: WORKER_ID, WORKER_SECRET");
      const agent = await actFor(identity);
      const response = await agent.fetch("/v1/chat/completions", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ model, messages: [{ role: "user", content: question }] }),
      });
      if (!response.ok) throw await readError(response);
      const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
      return choices[0]?.message.content ?? "";
    },
  };
}
