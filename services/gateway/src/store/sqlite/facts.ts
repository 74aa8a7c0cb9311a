import { eq, sql } from "drizzle-orm";
import type { Drizzle } from "./drizzle.ts";
import { facts } from "./schema/authority.ts";

/** Small named facts. */
export function factTable(db: Drizzle) {
  const row = { name: sql.placeholder("name"), value: sql.placeholder("value") };
  const find = db
    .select({ value: facts.value })
    .from(facts)
    .where(eq(facts.name, sql.placeholder("name")))
    .prepare();
  const insert = db.insert(facts).values(row).onConflictDoNothing().prepare();
  const replace = db
    .insert(facts)
    .values(row)
    .onConflictDoUpdate({ target: facts.name, set: { value: sql`excluded.value` } })
    .prepare();
  return {
    /** The first to say one is believed. */
    rememberOnce(name: string, value: string): string {
      insert.run({ name, value });
      return find.get({ name })?.value ?? value;
    },
    replace: (name: string, value: string) => void replace.run({ name, value }),
  };
}
