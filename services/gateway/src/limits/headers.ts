import type { LimitRule, RuleWindow } from "../core/limit-rule.ts";
import { spanOf } from "./rule.ts";

/** Where a caller stands with one rule. */
export interface Standing {
  readonly rule: LimitRule;
  readonly left: number;
  /** Set where the rule refuses. */
  readonly retryAfterSeconds?: number;
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). Money stays the operator's: it is not told.
 * @returns name, value, name, value; empty where there is nothing to tell
 */
export function rateLimitHeaders(standings: readonly Standing[], now: number): readonly string[] {
  let policies = "";
  let limits = "";
  for (const { rule, left, retryAfterSeconds } of standings) {
    if (rule.counts === "money") continue;
    const comma = policies === "" ? "" : ", ";
    policies += `${comma}"${rule.name}";q=${rule.limit}${policyWindow(rule)}`;
    const resets = retryAfterSeconds ?? secondsToEnd(rule.window, now);
    limits += `${comma}"${rule.name}";r=${left}${resets === undefined ? "" : `;t=${resets}`}`;
  }
  return policies === "" ? NOTHING : ["RateLimit-Policy", policies, "RateLimit", limits];
}

const NOTHING: readonly string[] = [];

function policyWindow({ window, counts }: LimitRule): string {
  if (window.kind === "sliding") return `;w=${Math.ceil(window.ms / 1000)}`;
  if (window.kind === "day") return ";w=86400";
  return counts === "concurrency" ? ';qu="concurrent-requests"' : "";
}

/** A calendar period begins anew; of a sliding window no moment is the end. */
function secondsToEnd(window: RuleWindow, now: number): number | undefined {
  const span = spanOf(window, now);
  return span.kind === "period" ? Math.ceil((span.end - now) / 1000) : undefined;
}
