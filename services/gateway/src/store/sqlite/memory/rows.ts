import type { Owner } from "../../../core/owner.ts";
import type { MemoryEvent } from "../../../core/ports/memory.ts";

/** A row of `memory_events` as SQL has it. */
export interface MemoryRow {
  readonly seq: number;
  readonly id: string;
  readonly owner_iss: string;
  readonly owner_sub: string;
  readonly tenant: string | null;
  readonly created: number;
  readonly kind: string;
  readonly text: string;
  readonly meta: string | null;
  readonly source: MemoryEvent["source"];
  readonly chain: string | null;
  readonly session: string | null;
  readonly root: string | null;
  readonly task: string | null;
  readonly model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly request_id: string | null;
  readonly body_hash: string | null;
}

export const MEMORY_COLUMNS = [
  "seq",
  "id",
  "owner_iss",
  "owner_sub",
  "tenant",
  "created",
  "kind",
  "text",
  "meta",
  "source",
  "chain",
  "session",
  "root",
  "task",
  "model",
  "input_tokens",
  "output_tokens",
  "request_id",
  "body_hash",
] as const;

export function eventOf(row: MemoryRow): MemoryEvent {
  return {
    id: row.id,
    owner: ownerOf(row),
    created: row.created,
    kind: row.kind,
    text: row.text,
    meta: row.meta === null ? null : JSON.parse(row.meta),
    source: row.source,
    chain: chainOf(row),
    session: row.session,
    root: row.root,
    task: row.task,
    model: row.model,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    requestId: row.request_id,
    bodyHash: row.body_hash,
  };
}

export const ownerOf = (row: Pick<MemoryRow, "owner_iss" | "owner_sub" | "tenant">): Owner => ({
  iss: row.owner_iss,
  sub: row.owner_sub,
  tenant: row.tenant,
});

export const chainOf = (row: Pick<MemoryRow, "chain">): readonly string[] =>
  row.chain === null ? [] : JSON.parse(row.chain);

/** An owner as the tables keep it that have a row for each: no tenant is the empty text. */
export const ownerKeyOf = ({ iss, sub, tenant }: Owner) => [iss, sub, tenant ?? ""] as const;
