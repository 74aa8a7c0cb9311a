import { and, asc, count, desc, gte, lt, sql, sum } from "drizzle-orm";
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

export function usageReads(db: Drizzle) {
  const tokens = sql<number>`sum(${usage.inputTokens} + ${usage.outputTokens})`;
  return {
    read: async ({ owner, from, to, by, limit, offset }: UsageQuestion): Promise<readonly UsageLine[]> =>
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
        .orderBy(desc(tokens), ...GROUPS[by].map((column) => asc(column)))
        .limit(limit)
        .offset(offset)
        .all()
        .map(({ iss, sub, agent, model, ...sums }) => ({
          user: by === "user" ? { iss, sub } : null,
          agent: by === "agent" ? agent : null,
          model: by === "model" ? model : null,
          ...sums,
        })),
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
