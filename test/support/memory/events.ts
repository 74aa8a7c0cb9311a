import { uuidv7 } from "../../../services/gateway/src/core/ids.ts";
import type { Owner } from "../../../services/gateway/src/core/owner.ts";
import type { AuditEvent } from "../../../services/gateway/src/core/ports/audit.ts";
import type { MemoryEvent, MemoryView } from "../../../services/gateway/src/core/ports/memory.ts";

export const NOW = 1_790_000_000_000;

export const ALICE: Owner = { iss: "https://idp.example", sub: "alice", tenant: null };
export const BOB: Owner = { iss: "https://idp.example", sub: "bob", tenant: null };
/** Same `sub` as alice, known by somebody else. */
export const OTHER_ALICE: Owner = { iss: "https://other.example", sub: "alice", tenant: null };
export const TENANT_ALICE: Owner = { ...ALICE, tenant: "acme" };

export function aMemory(text: string, fields: Partial<MemoryEvent> = {}): MemoryEvent {
  const created = fields.created ?? NOW;
  return {
    id: uuidv7(created),
    owner: ALICE,
    created,
    kind: "note",
    text,
    meta: null,
    source: "api",
    chain: [],
    session: null,
    root: null,
    task: null,
    model: null,
    inputTokens: null,
    outputTokens: null,
    requestId: null,
    bodyHash: null,
    ...fields,
  };
}

export const allOf = (owner: Owner): MemoryView => ({ owner, within: null });

export function anErasure(owner: Owner, time: number): AuditEvent {
  return {
    time,
    action: "memory.erase",
    decision: "allow",
    reason: null,
    user: { iss: owner.iss, sub: owner.sub },
    chain: [],
    jti: null,
    root: null,
    session: null,
    resource: null,
    policy: null,
    requestId: null,
  };
}
