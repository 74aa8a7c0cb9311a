import { openTrailFile, type TrailFile } from "../../store/sqlite/trail-file.ts";
import { StoreError } from "../../store/store-error.ts";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { toolConfig } from "../tool-config.ts";

/** The trail of the configured database, to be read. @throws CliError where there is none */
export function openTrail(call: Call, flags: ToolFlags): TrailFile {
  const { database } = toolConfig(call, flags);
  try {
    return openTrailFile(database);
  } catch (error) {
    if (error instanceof StoreError) throw new CliError(error.message, { usage: true });
    throw error;
  }
}
