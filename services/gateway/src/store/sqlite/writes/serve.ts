import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { configure, connect } from "../connect.ts";
import { groupCommit, type WriteCall } from "./group-commit.ts";
import { createWriter } from "./verbs.ts";

/** A batch of calls as JSON, which crosses threads at a third of a structured clone's cost; or the word to end. */
export type ToWriter = string;
export const END = "end";
/** First that it is ready; then, for the batches that one commit took, their outcomes as JSON, in order. */
export type FromWriter = string;
export const READY = "ready";

/**
 * The only connection of this process that writes (S20): better-sqlite3 blocks its thread on every fsync and on another
 * process's lock. What arrived while a commit was under way goes into the next one.
 */
export async function serveWrites(port: MessagePort, path: string): Promise<void> {
  const db = connect(path);
  await configure(db);
  const commit = groupCommit(db, createWriter(db));

  const end = () => {
    db.close();
    port.close();
  };
  port.on("message", (first: ToWriter) => {
    const batches: (readonly WriteCall[])[] = [];
    let ending = false;
    for (let message: ToWriter | undefined = first; message !== undefined; message = next(port)) {
      if (message === END) ending = true;
      else batches.push(JSON.parse(message));
    }
    if (batches.length > 0) {
      const outcomes = commit(batches.flat());
      let taken = 0;
      const answers = batches.map(({ length }) => {
        taken += length;
        return outcomes.slice(taken - length, taken);
      });
      port.postMessage(JSON.stringify(answers) satisfies FromWriter);
    }
    if (ending) end();
  });
  port.postMessage(READY satisfies FromWriter);
}

function next(port: MessagePort): ToWriter | undefined {
  return receiveMessageOnPort(port)?.message;
}
