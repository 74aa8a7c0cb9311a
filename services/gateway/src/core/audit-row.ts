import { hash } from "node:crypto";
import { randomHex } from "./ids.ts";
import type { AuditEvent } from "./ports/audit.ts";

/** Version of what a row's hash covers; a row says its own, so that older rows stay verifiable. */
export const AUDIT_ROW_VERSION = 2;

/** What the first row names as the one before it. */
export const AUDIT_CHAIN_START = "0".repeat(64);

/** An audit event in its place in the chain. */
export interface AuditRow extends AuditEvent {
  readonly seq: number;
  readonly v: number;
  /** What the chain holds in place of `user`: see `auditCommitment`. */
  readonly commitment: string | null;
  /** Hash of the row before. */
  readonly prev: string;
}

/**
 * The hash of a row, 64 hex digits: SHA-256 over a JSON array of every field in a fixed order, so that no edit, swap, gap
 * or insertion leaves the chain whole. Of the user it covers the commitment alone (S21), so that people can be erased; rows
 * of version 1 covered the user as such. It stands in `core` because the store writes it and the audit room verifies it.
 */
export function auditRowHash(row: AuditRow): string {
  const fields = [
    row.v,
    row.seq,
    row.time,
    row.action,
    row.decision,
    row.reason,
    row.v === 1 ? row.user && [row.user.iss, row.user.sub] : row.commitment,
    row.chain,
    row.jti,
    row.root,
    row.session,
    row.resource,
    row.policy,
    row.requestId,
    row.prev,
  ];
  return hash("sha256", JSON.stringify(fields));
}

/** A salt of 128 bits: without it nobody can try out users against a commitment. A new one for each row. */
export function auditSalt(): string {
  return randomHex(32);
}

/** Stands for a user in the chain: SHA-256 over JSON of [salt, iss, sub], 64 hex digits. Says nothing without its salt. */
export function auditCommitment(salt: string, user: { readonly iss: string; readonly sub: string }): string {
  return hash("sha256", JSON.stringify([salt, user.iss, user.sub]));
}
