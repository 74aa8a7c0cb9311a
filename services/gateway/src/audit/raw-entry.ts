import { AUDIT_ACTIONS, type AuditEntry } from "../core/ports/audit.ts";
import { ok, type Result, refuse } from "../core/result.ts";

/** The members of a row as a database or an export holds them: nothing about them is certain. */
export type RawEntry = Readonly<Record<string, unknown>>;

const TEXTS = [
  "action",
  "decision",
  "reason",
  "jti",
  "root",
  "session",
  "resource",
  "policy",
  "requestId",
  "commitment",
  "salt",
  "prev",
  "hash",
] as const;
const REQUIRED: ReadonlySet<string> = new Set(["action", "decision", "prev", "hash"]);
const ACTIONS: ReadonlySet<string> = new Set(AUDIT_ACTIONS);

/** A row that can be judged, or what keeps it from being one. Somebody may have written anything there. Pure. */
export function readEntry(raw: RawEntry): Result<AuditEntry, string> {
  const { seq, v, time, chain, user } = raw;
  for (const [name, value] of Object.entries({ seq, v, time }))
    if (!Number.isSafeInteger(value)) return refuse(`${name} is not a whole number`);
  for (const name of TEXTS) {
    const value = raw[name];
    if (typeof value !== "string" && (value !== null || REQUIRED.has(name)))
      return refuse(`${name} is not text`);
  }
  if (!ACTIONS.has(raw["action"] as string)) return refuse("action is none that this program knows");
  if (!Array.isArray(chain) || !chain.every((agent) => typeof agent === "string"))
    return refuse("chain is not a list of agents");
  if (!isUser(user)) return refuse("user is not an issuer and a subject");
  return ok(raw as unknown as AuditEntry);
}

function isUser(user: unknown): boolean {
  if (user === null) return true;
  if (typeof user !== "object") return false;
  const { iss, sub } = user as Record<string, unknown>;
  return typeof iss === "string" && typeof sub === "string";
}
