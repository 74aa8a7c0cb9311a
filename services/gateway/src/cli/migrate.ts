import { type Call, EXIT } from "./call.ts";
import type { Tool, ToolFlags } from "./tool.ts";
import { toolConfig } from "./tool-config.ts";
import { withStore } from "./with-store.ts";

export const migrateTool: Tool = {
  name: "migrate",
  usage: [["migrate", "brings the database to this version's schema; serve does it, too"]],
  actions: { "": { flags: {} } },
  run: (call, { flags }) => migrate(call, flags),
};

/** Says where the schema stood and where it stands now. @throws StoreError for a newer one */
async function migrate(call: Call, flags: ToolFlags): Promise<number> {
  const { schemaVersion } = await import("../store/schema-version.ts");
  const { database } = toolConfig(call, flags);
  const before = schemaVersion(database);
  await withStore(call, flags, (store) => store.ping());
  const after = schemaVersion(database);
  call.say(
    before === after ? `Schema version ${after}: up to date.` : `Schema version ${before} → ${after}.`,
  );
  return EXIT.ok;
}
