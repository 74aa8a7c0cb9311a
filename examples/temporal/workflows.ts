import { proxyActivities } from "@temporalio/workflow";
import type { createActivities } from "./activities.ts";

/** What the gateway gives every workflow beside the task's input: on whose behalf it runs. */
export interface Identity {
  readonly task: string;
  readonly user: { readonly iss: string; readonly sub: string };
  readonly session: string;
  readonly chain: readonly string[];
  readonly gateway: string;
}

const { draft, review, think } = proxyActivities<ReturnType<typeof createActivities>>({
  startToCloseTimeout: "30 seconds",
  // A worker that dies is noticed by its heart; another goes on with the step that it was at.
  heartbeatTimeout: "2 seconds",
  retry: { maximumAttempts: 5, initialInterval: "100 milliseconds" },
});

/** Two steps, each of which survives the death of its worker. */
export async function ResearchWorkflow(
  input: { readonly topic: string },
  identity: Identity,
): Promise<{ readonly text: string; readonly for: string }> {
  const text = await draft(input.topic, identity);
  return { text: await review(text, identity), for: identity.user.sub };
}

/** Asks the engine, on behalf of whoever asked for this. */
export async function QuestionWorkflow(
  input: { readonly question: string },
  identity: Identity,
): Promise<{ readonly answer: string }> {
  return { answer: await think(input.question, identity) };
}
