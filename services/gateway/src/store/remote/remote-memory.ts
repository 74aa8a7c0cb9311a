import type { Clock } from "../../core/clock.ts";
import type { MemoryOutbox, MemoryStore, OutboxState, Retention } from "../../core/ports/memory.ts";
import { firstSeq } from "../sqlite/memory/seq.ts";
import { createMover, type MoverOptions } from "./mover.ts";
import { type RemoteMemory, RemoteUnavailable } from "./remote.ts";
import { remoteList } from "./remote-list.ts";

/** Memory at a remote backend, and the durable outbox before it: written here, read from both, moved behind everybody's back. */
export interface OutboxedMemory extends MemoryStore {
  /** Does the backend answer, and take what is sent? */
  check(): Promise<boolean>;
  readonly waiting: OutboxState;
  /** Moves what waits now. For tests. */
  move(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

export interface RemoteMemoryOptions {
  readonly outbox: MemoryOutbox;
  readonly remote: RemoteMemory;
  readonly clock: Clock;
  readonly log: MoverOptions["log"];
}

/** Owners whose retention one purge looks after; the next goes on. */
const PURGE_OWNERS = 200;
/** Removed while on its way; kept at most so many, a few milliseconds each. */
const HIDDEN_MAX = 10_000;

export function createRemoteMemory({ outbox, remote, clock, log }: RemoteMemoryOptions): OutboxedMemory {
  const hidden = new Set<string>();
  const mover = createMover({
    outbox,
    remote,
    clock,
    log,
    onRemoved: (ids) => {
      for (const id of ids) hidden.delete(id);
    },
  });
  let purgedTo = 0;

  async function purgeRemote(now: number, { maxAgeMs, maxEvents }: Retention): Promise<void> {
    const owners = await outbox.remoteOwners(purgedTo, PURGE_OWNERS, maxEvents);
    for (const { row, owner, excess } of owners) {
      const aged = maxAgeMs === null ? 0 : await remote.removeBelow(owner, firstSeq(now - maxAgeMs));
      if (aged > 0) await outbox.uncount(owner, aged);
      for (let left = excess - aged; left > 0; ) {
        const removed = await remote.removeOldest(owner, left);
        if (removed === 0) break;
        await outbox.uncount(owner, removed);
        left -= removed;
      }
      purgedTo = row;
    }
    if (owners.length < PURGE_OWNERS) purgedTo = 0;
  }

  return {
    async add(events) {
      await outbox.add(events);
      mover.wake();
    },
    async find(view, id) {
      const waiting = await outbox.find(view, id);
      if (waiting !== undefined) return waiting;
      if (hidden.has(id)) return undefined;
      return remote.find(view, id, await outbox.erasedBelow(view.owner));
    },
    list: remoteList(outbox, remote, (id) => hidden.has(id)),
    async remove(view, id, source) {
      if (await outbox.remove(view, id, source)) {
        if (hidden.size < HIDDEN_MAX) hidden.add(id);
        mover.wake();
        return true;
      }
      if (hidden.has(id)) return false;
      const event = await remote.find(view, id, await outbox.erasedBelow(view.owner));
      if (event === undefined || (source !== undefined && event.source !== source)) return false;
      const removed = await remote.remove(view.owner, [id]);
      await outbox.uncount(view.owner, removed);
      return removed > 0;
    },
    async eraseAll(owner, event) {
      const events = await outbox.eraseAll(owner, event);
      mover.wake();
      return events;
    },
    async purge(now, retention) {
      await outbox.purge(now, retention);
      await purgeRemote(now, retention).catch((error: unknown) => {
        // That it is out is told elsewhere, and the next purge goes on.
        if (!(error instanceof RemoteUnavailable)) throw error;
      });
    },
    async check() {
      return (await remote.ping()) && !mover.failing;
    },
    move: mover.round,
    get waiting() {
      return mover.state;
    },
    start: mover.start,
    async close() {
      await mover.close();
      await remote.close();
    },
  };
}
