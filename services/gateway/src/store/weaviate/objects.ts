import { hash } from "node:crypto";
import type { Owner } from "../../core/owner.ts";
import type { MemoryEvent, PlacedEvent } from "../../core/ports/memory.ts";

/** An event as Weaviate keeps it. Its uuid is the event's own id. */
export interface StoredProperties {
  readonly text: string;
  readonly place: number;
  readonly agentKey: string;
  readonly rootKey: string;
  readonly kind: string;
  readonly record: string;
}

export const STORED = ["text", "place", "record"] as const;

/** A user's tenant: 64 letters and digits, which is all that a tenant's name may be, and nothing to guess a user from. */
export const tenantOf = ({ iss, sub, tenant }: Owner): string => digest([iss, sub, tenant]);

/** Digests, so that no name is too long and none is taken apart. */
export const agentKey = (agent: string): string => digest(["agent", agent]);
export const rootKey = (root: string): string => digest(["root", root]);

const digest = (parts: readonly unknown[]): string => hash("sha256", JSON.stringify(parts));

export function storedOf({ place, event }: PlacedEvent): StoredProperties {
  const { text, ...record } = event;
  const [agent] = event.chain;
  return {
    // gRPC carries no half of a character.
    text: text.toWellFormed(),
    place,
    agentKey: agent === undefined ? "" : agentKey(agent),
    rootKey: event.root === null ? "" : rootKey(event.root),
    kind: event.kind.toWellFormed(),
    record: JSON.stringify(record),
  };
}

/** The event of an object; `undefined` where it is not this owner's, whatever the tenant's name says. */
export function eventOfObject(properties: Partial<StoredProperties>, owner: Owner): PlacedEvent | undefined {
  const { text, place, record } = properties;
  if (typeof text !== "string" || typeof place !== "number" || typeof record !== "string") return undefined;
  const event = { ...(JSON.parse(record) as Omit<MemoryEvent, "text">), text };
  const { iss, sub, tenant } = event.owner;
  if (iss !== owner.iss || sub !== owner.sub || tenant !== owner.tenant) return undefined;
  return { place, event };
}
