import { readRow } from "../../audit/read-row.ts";
import { auditLine } from "../../core/audit-line.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import { awaitStop } from "../stop.ts";
import type { ToolFlags } from "../tool.ts";
import { openTrail } from "./open-trail.ts";

const LINES = 20;
/** How often new rows are looked for, in milliseconds. */
const LOOK_MS = 250;

/** The newest rows; with `--follow` also those that come, until it is stopped or nobody reads any more. */
export async function tail(call: Call, flags: ToolFlags): Promise<number> {
  let after = printAfter(call, flags, (highest) => Math.max(highest - linesOf(flags), 0));
  if (flags["follow"] === undefined) return EXIT.ok;
  let stopped = false;
  const stop = awaitStop(call).then(() => {
    stopped = true;
  });
  while (!stopped && call.isHeard?.() !== false) {
    const from = after;
    after = printAfter(call, flags, () => from);
    await Promise.race([stop, new Promise((wake) => setTimeout(wake, LOOK_MS))]);
  }
  return EXIT.ok;
}

/** Opened anew each time: a reader that stays open would hold an old moment, and the file might be another by then. */
function printAfter(call: Call, flags: ToolFlags, start: (highest: number) => number): number {
  const trail = openTrail(call, flags);
  try {
    let last = start(trail.highest);
    for (const stored of trail.rows(last)) {
      const row = readRow(stored);
      if ("problem" in row) call.tell(`row ${row.seq ?? "?"} ${row.problem}`);
      else call.say(JSON.stringify(auditLine(row)));
      last = row.seq ?? last;
    }
    return last;
  } finally {
    trail.close();
  }
}

function linesOf(flags: ToolFlags): number {
  const [text] = flags["lines"] ?? [];
  if (text === undefined) return LINES;
  if (!/^\d{1,6}$/.test(text)) throw new CliError("--lines must be a number", { usage: true });
  return Number(text);
}
