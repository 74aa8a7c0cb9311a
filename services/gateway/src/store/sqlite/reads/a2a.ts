import { and, count, eq, sql } from "drizzle-orm";
import type { Owner } from "../../../core/owner.ts";
import type { AgentThing, PushRow } from "../../../core/ports/a2a.ts";
import type { Drizzle } from "../drizzle.ts";
import { agentThings, pushes } from "../schema/a2a.ts";
import { ownedBy, withOwner } from "./owned.ts";

export function a2aReads(db: Drizzle) {
  const find = db
    .select({
      ownerIss: agentThings.ownerIss,
      ownerSub: agentThings.ownerSub,
      tenant: agentThings.tenant,
    })
    .from(agentThings)
    .where(
      and(
        eq(agentThings.agent, sql.placeholder("agent")),
        eq(agentThings.kind, sql.placeholder("kind")),
        eq(agentThings.id, sql.placeholder("id")),
      ),
    )
    .prepare();
  const push = db
    .select()
    .from(pushes)
    .where(eq(pushes.id, sql.placeholder("id")))
    .prepare();
  return {
    ownerOf({ agent, kind, id }: AgentThing): Owner | undefined {
      const row = find.get({ agent, kind, id });
      return row && withOwner(row).owner;
    },
    countTasks(agent: string, owner: Owner): number {
      const isTheirs = and(
        ownedBy(agentThings, owner),
        eq(agentThings.agent, agent),
        eq(agentThings.kind, "task"),
      );
      return db.select({ tasks: count() }).from(agentThings).where(isTheirs).get()?.tasks ?? 0;
    },
    findPush(id: string): PushRow | undefined {
      const row = push.get({ id });
      return row && withOwner(row);
    },
  };
}
