import { auditLine } from "../core/audit-line.ts";
import type { AuditEntry } from "../core/ports/audit.ts";
import { type Result, refuse } from "../core/result.ts";
import { readEntry } from "./raw-entry.ts";

/** Longest line of an export that is looked at, in characters. */
const MAX_LINE = 256 * 1024;

/** One line of an export, as `audit export` writes it: exactly these members, each spelled one way. Pure. */
export function readLine(line: string): Result<AuditEntry, string> {
  if (line.length > MAX_LINE) return refuse("is too long");
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return refuse("is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return refuse("is not an object");
  const { time, sid, ...members } = parsed as Record<string, unknown>;
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at)) return refuse("time is not a time");
  const read = readEntry({ ...members, time: at, session: sid });
  if (!read.ok) return read;
  // A member twice, one too many, or a time spelled otherwise would be read one way here and another way elsewhere.
  return JSON.stringify(auditLine(read.value)) === line ? read : refuse("is not as an export writes it");
}
