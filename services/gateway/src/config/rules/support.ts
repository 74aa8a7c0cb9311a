import { firstPath, listSettings } from "../settings.ts";
import type { Rule } from "./rule.ts";

const NOT_YET = "is not supported by this version";

/** What somebody counts on for safety or for their data stops the boot; the rest gets a line. */
export const unsupportedIsSaid: Rule = ({ layers }) => {
  const { report } = layers;
  for (const { path, info } of listSettings()) {
    const place = firstPath(path);
    if (info.support === undefined || !layers.isNamed(place)) continue;
    const name = report.nameOf(place);
    if (info.support === "refused") report.mistake(place, NOT_YET, unset(name));
    else report.warn(`${name} has no effect in this version`);
  }
};

/** `sqlite:` and a path. The value is never shown: it may hold a password. */
export const databaseIsSqlite: Rule = ({ settings: { database }, layers: { report } }) => {
  if (database === undefined || /^sqlite:(?!\/\/).+/.test(database)) return;
  const server = /^postgres(ql)?:/i.test(database);
  report.mistake(
    "database",
    server ? `${NOT_YET} with a postgres address` : "must be sqlite: and a path",
    "DATABASE_URL=sqlite:./attach.db",
  );
};

function unset(name: string): string {
  return /^[A-Z_]+$/.test(name) ? `unset ${name}` : "(take it out)";
}
