import type { Connection } from "../connect.ts";

export function factWrites(db: Connection) {
  const find = db.prepare<[string], string>("select value from facts where name = ?").pluck();
  const insert = db.prepare("insert into facts (name, value) values (?, ?) on conflict do nothing");
  const replace = db.prepare(
    "insert into facts (name, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  return {
    find: (name: string): string | undefined => find.get(name),
    /** The first to say one is believed. */
    rememberOnce(name: string, value: string): string {
      insert.run(name, value);
      return find.get(name) ?? value;
    },
    replace: (name: string, value: string) => void replace.run(name, value),
  };
}
