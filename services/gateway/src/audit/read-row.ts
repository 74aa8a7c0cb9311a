import type { AuditEntry } from "../core/ports/audit.ts";
import { type Result, refuse } from "../core/result.ts";
import { type RawEntry, readEntry } from "./raw-entry.ts";
import type { BadRow } from "./verify.ts";

/** A row as the database holds it (the chain of agents as JSON, the person beside it) as an entry. Pure. */
export function readRow(stored: RawEntry): AuditEntry | BadRow {
  const read = judge(stored);
  if (read.ok) return read.value;
  const { seq, hash } = stored;
  return {
    seq: Number.isSafeInteger(seq) ? (seq as number) : null,
    hash: typeof hash === "string" ? hash : null,
    problem: `cannot be read: ${read.reason}`,
  };
}

function judge(stored: RawEntry): Result<AuditEntry, string> {
  const { chain: text, iss, sub, ...fields } = stored;
  let chain: unknown;
  try {
    chain = typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return refuse("chain is not JSON");
  }
  // The hash covers what the text means; another spelling of the same is a change, too.
  if (JSON.stringify(chain) !== text) return refuse("chain is not spelled as it was written");
  return readEntry({ ...fields, chain, user: iss === null && sub === null ? null : { iss, sub } });
}
