import type { Connection } from "../connect.ts";

/** Counts the changes of agents and grants: what another process knows of them is good until it moves. */
export const REGISTRY_VERSION = "registry-version";

export function factWrites(db: Connection) {
  const find = db.prepare<[string], string>("select value from facts where name = ?").pluck();
  const insert = db.prepare("insert into facts (name, value) values (?, ?) on conflict do nothing");
  const replace = db.prepare(
    "insert into facts (name, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const count = db.prepare(
    "insert into facts (name, value) values (?, '1') on conflict do update set value = cast(value as integer) + 1",
  );
  return {
    find: (name: string): string | undefined => find.get(name),
    /** The first to say one is believed. */
    rememberOnce(name: string, value: string): string {
      insert.run(name, value);
      return find.get(name) ?? value;
    },
    replace: (name: string, value: string) => void replace.run(name, value),
    countUp: (name: string) => void count.run(name),
  };
}
