import type { Clock } from "../core/clock.ts";
import type { Owner } from "../core/owner.ts";
import type { A2aStore, AgentThing } from "../core/ports/a2a.ts";

/** Whose a task or context is. Agents that know nothing of users are kept apart by it. */
export interface Ownership {
  /** Is it known, and this owner's? */
  isOwn(thing: AgentThing, owner: Owner): Promise<boolean>;
  /** Makes what nobody has claimed this owner's. @returns false where one is somebody else's; the rest may then be claimed all the same */
  claim(things: readonly AgentThing[], owner: Owner): Promise<boolean>;
}

/** Things remembered; a missing one costs a look into the database. */
const ENTRIES = 50_000;
const DAY_MS = 86_400_000;

interface Known {
  readonly owner: string;
  /** When the database last heard of a use. */
  readonly usedAt: number;
}

const keyOf = ({ agent, kind, id }: AgentThing) => `${agent}\n${kind}\n${id}`;
const nameOf = ({ iss, sub, tenant }: Owner) => JSON.stringify([iss, sub, tenant]);

/** What was said once stands, so it is remembered; what is not known is asked of the database each time, since another process may have claimed it. */
export function createOwnership({
  store,
  clock,
}: {
  readonly store: Pick<A2aStore, "claim" | "ownerOf">;
  readonly clock: Clock;
}): Ownership {
  const known = new Map<string, Known>();

  function remember(thing: AgentThing, owner: Owner, usedAt: number): void {
    const key = keyOf(thing);
    known.delete(key);
    known.set(key, { owner: nameOf(owner), usedAt });
    if (known.size > ENTRIES) known.delete(known.keys().next().value as string);
  }

  /** Once a day, behind the call's back: what is in use is not forgotten. */
  function touch(thing: AgentThing, owner: Owner, { usedAt }: Known): void {
    const now = clock.now();
    if (now - usedAt < DAY_MS) return;
    remember(thing, owner, now);
    store.claim([{ ...thing, owner }], now).catch(() => {});
  }

  return {
    async isOwn(thing, owner) {
      const standing = known.get(keyOf(thing));
      if (standing === undefined) {
        const found = await store.ownerOf(thing);
        if (found === undefined) return false;
        remember(thing, found, 0);
        return nameOf(found) === nameOf(owner);
      }
      if (standing.owner !== nameOf(owner)) return false;
      touch(thing, owner, standing);
      return true;
    },
    async claim(things, owner) {
      const name = nameOf(owner);
      const news = things.filter((thing) => known.get(keyOf(thing))?.owner !== name);
      if (news.length === 0) return true;
      const now = clock.now();
      const owners = await store.claim(
        news.map((thing) => ({ ...thing, owner })),
        now,
      );
      news.forEach((thing, index) => {
        const standing = owners[index];
        if (standing !== undefined) remember(thing, standing, now);
      });
      return owners.every((standing) => nameOf(standing) === name);
    },
  };
}
