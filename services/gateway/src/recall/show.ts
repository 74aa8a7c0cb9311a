import type { MemoryEvent } from "../core/ports/memory.ts";
import type { MemoryShape } from "./schema.ts";

/** An event as it is shown. Whose it is goes without saying: the caller's own. */
export function showMemory(event: MemoryEvent): MemoryShape {
  const { id, created, kind, text, meta, source, chain, session, root, task, model, requestId, bodyHash } =
    event;
  const { inputTokens, outputTokens } = event;
  return {
    id,
    created: new Date(created).toISOString(),
    kind,
    text,
    meta: meta as MemoryShape["meta"],
    source,
    agent: chain[0] ?? null,
    chain: [...chain],
    session,
    root,
    task,
    model,
    usage: inputTokens === null && outputTokens === null ? null : { inputTokens, outputTokens },
    requestId,
    bodyHash,
  };
}
