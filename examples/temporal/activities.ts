import { setTimeout as sleep } from "node:timers/promises";
import { heartbeat } from "@temporalio/activity";
import type { Identity } from "./workflows.ts";

/** @param stepMs how long a step takes at least */
export function createActivities({ stepMs }: { readonly stepMs: number }) {
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
  };
}
