import type { SigningKeyRow } from "../../core/ports/store.ts";
import { FRESH_FOR_SECONDS } from "../metadata.ts";

/** How long the processes of one authority may take to see what another has written, and then some. Milliseconds. */
const SPREAD_MS = 30_000;
/** A key is published for longer than any verifier goes by a copy of the JWK Set, before it signs. */
export const PUBLISH_AHEAD_MS = FRESH_FOR_SECONDS * 1000 + SPREAD_MS;
/**
 * A key is published until the last token it may have signed is over: the longest that any configuration allows (CONTRACT §6; it
 * may have been another then), the skew that verifiers grant, and a process that noticed late.
 */
export const RETIRE_AFTER_MS = 60 * 60_000 + 2 * SPREAD_MS;

/** One change of the key table: next → active → retiring → retired. */
export type KeyStep =
  | { readonly kind: "add_next" }
  | { readonly kind: "activate"; readonly kid: string }
  | { readonly kind: "retire"; readonly kids: readonly string[] };

type KeyState = Pick<SigningKeyRow, "kid" | "status" | "changedAt">;

/**
 * What is due: a key that is known long enough begins to sign; one whose tokens are all over goes; one that signs for
 * long gets a successor, in time to be known when it takes over. A key that was asked for (`keys rotate`) is a `next` like any
 * other. Pure; a clock that was set back makes nothing due.
 */
export function dueStep(
  keys: readonly KeyState[],
  { rotateEveryMs }: { readonly rotateEveryMs: number },
  now: number,
): KeyStep | undefined {
  const next = keys.find(({ status }) => status === "next");
  if (next !== undefined && now - next.changedAt >= PUBLISH_AHEAD_MS)
    return { kind: "activate", kid: next.kid };
  const over = keys.filter(
    ({ status, changedAt }) => status === "retiring" && now - changedAt >= RETIRE_AFTER_MS,
  );
  if (over.length > 0) return { kind: "retire", kids: over.map(({ kid }) => kid) };
  const active = keys.findLast(({ status }) => status === "active");
  const isOld = active !== undefined && now - active.changedAt >= rotateEveryMs - PUBLISH_AHEAD_MS;
  return next === undefined && isOld ? { kind: "add_next" } : undefined;
}
