import { and, eq } from "drizzle-orm";
import type { Owner } from "../../../core/owner.ts";
import type { TaskRow } from "../../../core/ports/tasks.ts";
import type { Drizzle } from "../drizzle.ts";
import { tasks } from "../schema/tasks.ts";
import { ownedBy, withOwner } from "./owned.ts";

export function taskReads(db: Drizzle) {
  return {
    async find(id: string, owner: Owner): Promise<TaskRow | undefined> {
      const row = db
        .select()
        .from(tasks)
        .where(and(eq(tasks.id, id), ownedBy(tasks, owner)))
        .get();
      return row && withOwner(row);
    },
    async get(id: string): Promise<TaskRow | undefined> {
      const row = db.select().from(tasks).where(eq(tasks.id, id)).get();
      return row && withOwner(row);
    },
  };
}
