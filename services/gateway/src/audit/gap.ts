import type { AuditEvent } from "../core/ports/audit.ts";
import type { SigningKey } from "../core/ports/keys.ts";
import { type FindKey, readStatement, signStatement } from "./statement.ts";

/** Records that were dropped: how many, and when the first and the last of them, in milliseconds since the epoch. */
export interface Gap {
  readonly dropped: number;
  readonly since: number;
  readonly until: number;
}

/** S21: what was dropped leaves a signed record in its place, so that nobody can say afterwards that nothing was. */
export function gapEvent(gap: Gap, issuer: string, key: SigningKey): AuditEvent {
  return {
    time: gap.until,
    action: "audit.gap",
    decision: "deny",
    reason: `queue_full dropped=${gap.dropped}`,
    user: null,
    chain: [],
    jti: null,
    root: null,
    session: null,
    resource: signStatement("attach-gap+jwt", { ...gap, iss: issuer }, key),
    policy: null,
    requestId: null,
  };
}

/** How many records a gap row stands for; `undefined` where its signature does not bear it out. Pure. */
export function droppedBy(
  { reason, resource }: Pick<AuditEvent, "reason" | "resource">,
  find: FindKey,
): number | undefined {
  const read = readStatement(resource ?? "", "attach-gap+jwt", find);
  if (!read.ok) return undefined;
  const { dropped } = read.value;
  return typeof dropped === "number" && reason === `queue_full dropped=${dropped}` ? dropped : undefined;
}
