import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, count, desc, gte, lt, sum } from "drizzle-orm";
import type { OutboxEvent, UsageLine, UsageQuestion } from "../../../core/ports/metering.ts";
import type { Drizzle } from "../drizzle.ts";
import { usage, usageOutbox } from "../schema/usage.ts";
import { ownedBy } from "./owned.ts";

/** What a line is about. Users by the pair, never by the subject alone. */
const GROUPS = {
  user: [usage.ownerIss, usage.ownerSub],
  agent: [usage.agent],
  model: [usage.model],
} as const;

/** Summed up in one go: reading blocks the event loop, and everybody's usage may be long. */
const SLICE_MS = 24 * 3_600_000;

type Line = { -readonly [Member in keyof UsageLine]: UsageLine[Member] };

export function usageReads(db: Drizzle) {
  const slice = ({ owner, by }: UsageQuestion, from: number, to: number) =>
    db
      .select({
        iss: usage.ownerIss,
        sub: usage.ownerSub,
        agent: usage.agent,
        model: usage.model,
        requests: sum(usage.requests).mapWith(Number),
        inputTokens: sum(usage.inputTokens).mapWith(Number),
        outputTokens: sum(usage.outputTokens).mapWith(Number),
        estimatedTokens: sum(usage.estimatedTokens).mapWith(Number),
      })
      .from(usage)
      .where(and(gte(usage.hour, from), lt(usage.hour, to), ownedBy(usage, owner)))
      .groupBy(...GROUPS[by])
      .all();

  /** The first or the last hour there is, which the index finds at once. */
  const hourAt = (order: typeof asc | typeof desc): number | undefined =>
    db.select({ hour: usage.hour }).from(usage).orderBy(order(usage.hour)).limit(1).get()?.hour;

  return {
    async read(question: UsageQuestion): Promise<readonly UsageLine[]> {
      const { by, limit, offset } = question;
      const end = Math.min(question.to, (hourAt(desc) ?? 0) + 1);
      const lines = new Map<string, Line>();
      for (let at = Math.max(question.from, hourAt(asc) ?? end); at < end; at += SLICE_MS) {
        for (const { iss, sub, agent, model, ...sums } of slice(question, at, Math.min(end, at + SLICE_MS))) {
          const about = {
            user: by === "user" ? { iss, sub } : null,
            agent: by === "agent" ? agent : null,
            model: by === "model" ? model : null,
          };
          const key = JSON.stringify(about);
          const line = lines.get(key);
          if (line === undefined) lines.set(key, { ...about, ...sums });
          else add(line, sums);
        }
        await nextTurn();
      }
      return [...lines]
        .sort(byTokens)
        .map(([, line]) => line)
        .slice(offset, offset + limit);
    },
    waiting: async (limit: number): Promise<readonly OutboxEvent[]> =>
      db
        .select({ seq: usageOutbox.seq, event: usageOutbox.event })
        .from(usageOutbox)
        .orderBy(asc(usageOutbox.seq))
        .limit(limit)
        .all(),
    countWaiting: async (): Promise<number> =>
      db.select({ waiting: count() }).from(usageOutbox).get()?.waiting ?? 0,
  };
}

function add(line: Line, sums: Omit<UsageLine, "user" | "agent" | "model">): void {
  line.requests += sums.requests;
  line.inputTokens += sums.inputTokens;
  line.outputTokens += sums.outputTokens;
  line.estimatedTokens += sums.estimatedTokens;
}

/** Most tokens first; of equals, in one order always. */
function byTokens([one, a]: readonly [string, Line], [other, b]: readonly [string, Line]): number {
  const difference = b.inputTokens + b.outputTokens - (a.inputTokens + a.outputTokens);
  return difference !== 0 ? difference : one < other ? -1 : 1;
}
