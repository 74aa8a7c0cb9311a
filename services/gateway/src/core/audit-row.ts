import { createHash } from "node:crypto";
import type { AuditEvent } from "./ports/store.ts";

/** Version of what a row's hash covers; a row says its own, so that older rows stay verifiable. */
export const AUDIT_ROW_VERSION = 1;

/** What the first row names as the one before it. */
export const AUDIT_CHAIN_START = "0".repeat(64);

/** An audit event in its place in the chain. */
export interface AuditRow extends AuditEvent {
  readonly seq: number;
  readonly v: number;
  /** Hash of the row before. */
  readonly prev: string;
}

/**
 * The hash of a row, 64 hex digits: SHA-256 over a JSON array of every field in a fixed order, so that no edit, swap, gap
 * or insertion leaves the chain whole. It stands in `core` because the store writes it and the audit room verifies it.
 */
export function auditRowHash(row: AuditRow): string {
  const fields = [
    row.v,
    row.seq,
    row.time,
    row.action,
    row.decision,
    row.reason,
    row.user === null ? null : [row.user.iss, row.user.sub],
    row.chain,
    row.jti,
    row.root,
    row.session,
    row.resource,
    row.policy,
    row.requestId,
    row.prev,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}
