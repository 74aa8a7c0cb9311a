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
  /** A user's or service's own token dies only by its owner's epoch (S12). */
  isRevoked(principal: Principal): boolean;
  /** Takes a record that the store has accepted into effect, at once. */
  apply(record: RevocationRecord): void;
}
