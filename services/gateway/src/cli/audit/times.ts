import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A time of the command line in milliseconds; a day alone is its first moment, UTC. @throws CliError */
export function timeFlag(flags: ToolFlags, name: string): number | undefined {
  const [text] = flags[name] ?? [];
  if (text === undefined) return undefined;
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new CliError(`--${name} must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z`, {
      usage: true,
    });
  return time;
}
