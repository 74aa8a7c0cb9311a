import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Call, EXIT } from "./call.ts";
import { CliError } from "./cli-error.ts";
import type { Tool, ToolOrder } from "./tool.ts";
import { toolConfig } from "./tool-config.ts";
import { withStore } from "./with-store.ts";

export const backupTool: Tool = {
  name: "backup",
  usage: [["backup <file>", "a whole copy of the database, while the gateway runs on"]],
  actions: { "": { flags: {}, words: 1 } },
  run: backup,
};

/** The copy is of one moment. Without the secret it is of no use, so the two belong in different places. */
async function backup(call: Call, { words: [file], flags }: ToolOrder): Promise<number> {
  if (file === undefined)
    throw new CliError("name the file to write: attach-gateway backup <file>", { usage: true });
  const { sqlitePath } = await import("../store/sqlite/location.ts");
  const { database, secret } = toolConfig(call, flags);
  const path = sqlitePath(database);
  if (!existsSync(path)) throw new CliError(`there is no database ${path}`);
  const copy = resolve(call.cwd, file);
  await withStore(call, flags, (store) => store.backup(copy));
  call.say(copy);
  const where = secret === undefined ? `the file ${path}.secret` : "ATTACH_SECRET";
  call.tell(`It opens with ${where} only: keep that, too, and keep it elsewhere.`);
  return EXIT.ok;
}
