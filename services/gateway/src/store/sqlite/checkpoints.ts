import type { Checkpoint } from "../../core/ports/audit.ts";
import type { Drizzle } from "./drizzle.ts";
import { checkpoints } from "./schema/trail.ts";

export function checkpointWrites(db: Drizzle) {
  return {
    /** Of two processes that state the same place in the chain the first is kept. */
    insert: (checkpoint: Checkpoint) =>
      void db.insert(checkpoints).values(checkpoint).onConflictDoNothing().run(),
  };
}
