import type { Principal } from "../principal.ts";

/**
 * What is dead, by id (never by token bytes, which are malleable). `until`: milliseconds since the epoch after which no
 * token it could kill is alive, so the record may be forgotten. Epochs (`sid`, `agent`, `user`) kill what was issued at or
 * before `at`, in milliseconds.
 */
export interface RevocationRecord {
  readonly kind: "jti" | "dlg" | "sid" | "agent" | "user";
  /** The id; for `user` the owner as `ownerKey` gives it. */
  readonly value: string;
  readonly at: number;
  readonly until: number;
}

/** The in-memory view that every verification asks. No I/O. */
export interface Revocations {
  /** A user's own token dies only by its owner's epoch (S12); a service's own, issued here, by its `jti` and its agent's epoch too. */
  isRevoked(principal: Principal): boolean;
  /** Takes a record that the store has accepted into effect, at once. */
  apply(record: RevocationRecord): void;
  /** Calls `listener` after each record that was news: what is in flight may have to be cut. */
  onApplied(listener: () => void): void;
}

/** Brings the revocations of other processes. A message of Redis or PostgreSQL needs only to call `catchUp`. */
export interface RevocationFeed {
  /** Asks the store now; resolves when its answer is in effect. Rejects never: a failure shows as lag. */
  catchUp(): Promise<void>;
  /** How long ago everything that was known to the store was in effect here, in milliseconds. */
  lag(): number;
  /** Too long ago to let tokens in (`failClosed`). Always false where it is off. */
  isStale(): boolean;
  close(): void;
}
