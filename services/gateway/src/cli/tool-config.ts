import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { formatMistakes } from "../config/mistakes.ts";
import type { Call } from "./call.ts";
import { CliError } from "./cli-error.ts";
import type { ToolFlags } from "./tool.ts";

/**
 * The configuration as the gateway of this folder reads it: where the store is, and what it is opened with.
 * @throws CliError with every mistake
 */
export function toolConfig({ env, cwd }: Call, flags: ToolFlags): Config {
  const [config] = flags["config"] ?? [];
  const loaded = loadConfig({
    flags: config === undefined ? {} : { config },
    env,
    cwd,
    command: "tool",
  });
  if (loaded.ok) return loaded.value;
  throw new CliError(formatMistakes(loaded.reason), { usage: true });
}
