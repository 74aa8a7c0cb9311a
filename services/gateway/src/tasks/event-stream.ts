import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { TaskView } from "./view.ts";

/** Sends each state as a server-sent event, until the task or the client ends. */
export function streamStates(
  reply: FastifyReply,
  follow: (signal: AbortSignal) => AsyncGenerator<TaskView>,
): FastifyReply {
  const left = new AbortController();
  reply.raw.once("close", () => left.abort());
  reply.header("Content-Type", "text/event-stream");
  return reply.send(Readable.from(events(follow(left.signal)), { objectMode: false }));
}

async function* events(states: AsyncGenerator<TaskView>): AsyncGenerator<string> {
  for await (const state of states) yield `event: ${state.state}\ndata: ${JSON.stringify(state)}\n\n`;
}
