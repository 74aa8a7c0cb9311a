import { eq, sql } from "drizzle-orm";
import type { Drizzle } from "./drizzle.ts";
import { facts } from "./schema.ts";

/** Small named facts, each said once: the first to say one is believed. */
export interface Facts {
  rememberOnce(name: string, value: string): string;
}

export function factTable(db: Drizzle): Facts {
  const find = db
    .select({ value: facts.value })
    .from(facts)
    .where(eq(facts.name, sql.placeholder("name")))
    .prepare();
  const insert = db
    .insert(facts)
    .values({ name: sql.placeholder("name"), value: sql.placeholder("value") })
    .onConflictDoNothing()
    .prepare();
  return {
    rememberOnce(name, value) {
      insert.run({ name, value });
      return find.get({ name })?.value ?? value;
    },
  };
}
