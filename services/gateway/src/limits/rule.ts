import type { RuleWindow } from "../core/limit-rule.ts";
import type { LedgerSpan } from "../core/ports/ledger.ts";

/** Is `text` what the pattern says: the same, or begun so? */
export function matches(pattern: string, text: string): boolean {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

/** The part of time that a rule's window is now. */
export function spanOf(window: RuleWindow, now: number): LedgerSpan {
  switch (window.kind) {
    case "sliding":
    case "none":
      return window;
    case "day": {
      const start = now - (((now % DAY_MS) + DAY_MS) % DAY_MS);
      return { kind: "period", start, end: start + DAY_MS };
    }
    case "month": {
      const date = new Date(now);
      const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
      return { kind: "period", start, end: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) };
    }
  }
}

const DAY_MS = 86_400_000;
