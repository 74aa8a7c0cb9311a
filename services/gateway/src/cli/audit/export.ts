import { readRow } from "../../audit/read-row.ts";
import { auditLine } from "../../core/audit-line.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { openTrail } from "./open-trail.ts";
import { timeFlag } from "./times.ts";

/** Lines that go out together. */
const CHUNK = 200;

/** Every row as one JSON object a line, in order, as it streams: grep it, or verify it elsewhere with `--from`. */
export async function exportRows(call: Call, flags: ToolFlags): Promise<number> {
  const [format = "jsonl"] = flags["format"] ?? [];
  if (format !== "jsonl") throw new CliError("--format must be jsonl", { usage: true });
  const since = timeFlag(flags, "since") ?? Number.NEGATIVE_INFINITY;
  const until = timeFlag(flags, "until") ?? Number.POSITIVE_INFINITY;
  const trail = openTrail(call, flags);
  let broken = 0;
  let chunk: string[] = [];
  const send = () => {
    if (chunk.length > 0) call.say(chunk.join("\n"));
    chunk = [];
  };
  try {
    for (const stored of trail.rows()) {
      const row = readRow(stored);
      if ("problem" in row) {
        broken++;
        call.tell(`row ${row.seq ?? "?"} ${row.problem}: left out`);
        continue;
      }
      if (row.time < since || row.time > until) continue;
      chunk.push(JSON.stringify(auditLine(row)));
      if (chunk.length < CHUNK) continue;
      send();
      if (call.isHeard?.() === false) break;
    }
    send();
  } finally {
    trail.close();
  }
  return broken === 0 ? EXIT.ok : EXIT.failure;
}
