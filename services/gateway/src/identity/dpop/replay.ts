import { hash } from "node:crypto";
import type { SeenProof } from "../../core/ports/dpop.ts";

/** Proofs that end within one slot of this length are forgotten together, in milliseconds. */
const SLOT_MS = 10_000;
/** Most proofs remembered: some 40 MB. */
const CAPACITY = 400_000;
/** Most of one key: nobody who holds a token can shut out everybody else. */
const CAPACITY_PER_KEY = 100_000;
/** A longer id is remembered by its hash. */
const MAX_ID_LENGTH = 43;

/** The proofs that this process has accepted and that are good still (S11). */
export interface ReplayCache {
  /** Uses a proof up. `full`: it cannot be remembered, and must not be accepted. */
  use(proof: SeenProof, now: number): "first" | "repeated" | "full";
  readonly size: number;
}

/** In memory and bounded: a wheel of slots by the proofs' ends. */
export function createReplayCache({
  capacity = CAPACITY,
  capacityPerKey = CAPACITY_PER_KEY,
}: {
  readonly capacity?: number;
  readonly capacityPerKey?: number;
} = {}): ReplayCache {
  const slots = new Map<number, Map<string, Set<string>>>();
  const held = new Map<string, number>();
  let size = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;

  /** Slots are few (the longest proof lasts minutes), so going over all of them costs nothing. */
  function sweep(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot === sweptAt) return;
    sweptAt = slot;
    for (const [ended, keys] of slots) {
      if (ended >= slot) continue;
      for (const [jkt, ids] of keys) release(jkt, ids.size);
      slots.delete(ended);
    }
  }

  function release(jkt: string, count: number): void {
    const left = (held.get(jkt) ?? 0) - count;
    if (left > 0) held.set(jkt, left);
    else held.delete(jkt);
    size -= count;
  }

  function idsOf(jkt: string, until: number): Set<string> {
    const slot = Math.floor(until / SLOT_MS);
    const keys = slots.get(slot) ?? new Map<string, Set<string>>();
    const ids = keys.get(jkt) ?? new Set<string>();
    slots.set(slot, keys.set(jkt, ids));
    return ids;
  }

  return {
    use({ jkt, jti, until }, now) {
      sweep(now);
      const ids = idsOf(jkt, until);
      const id = jti.length > MAX_ID_LENGTH ? hash("sha256", jti, "base64url") : jti;
      if (ids.has(id)) return "repeated";
      const count = held.get(jkt) ?? 0;
      if (size >= capacity || count >= capacityPerKey) return "full";
      ids.add(id);
      held.set(jkt, count + 1);
      size++;
      return "first";
    },
    get size() {
      return size;
    },
  };
}
