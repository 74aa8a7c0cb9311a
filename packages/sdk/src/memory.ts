import type { MemoryEvent, MemoryNote, MemoryPage, MemoryWritten } from "./api.ts";
import { ask, send } from "./ask.ts";
import { AttachError } from "./errors.ts";

/** A page of a list: how many at most (50 unless given, 200 at most), and where it begins. */
export interface MemoryPaging {
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/**
 * What is remembered of the agent's user, as far as the agent may see (its reach: what it wrote itself, its workflow, or all). Needs
 * `memory:read`, and `memory:write` to change anything.
 *
 * Each rejects with an {@link AttachError}: the gateway's refusal (`insufficient_scope`, `not_found`, `bad_request`),
 * `network_error`, `invalid_response`, or what {@link Agent.token} throws.
 */
export interface AgentMemory {
  /** Events that hold the words: first those that hold every one, then those that hold some, each newest first. */
  search(words: string, paging?: MemoryPaging): Promise<MemoryPage>;
  /** Newest first. */
  list(paging?: MemoryPaging): Promise<MemoryPage>;
  /** Keeps a note for the agent's user. It can be read at once; secrets are taken out of it before. */
  write(note: MemoryNote): Promise<MemoryWritten>;
  get(id: string): Promise<MemoryEvent>;
  /** Removes a note that this agent wrote itself. */
  delete(id: string): Promise<void>;
}

const PATH = "/attach/v1/memory";

/** @param fetch the agent's own: it carries the token */
export function agentMemory(fetch: typeof globalThis.fetch): AgentMemory {
  return Object.freeze({
    async search(words: string, paging: MemoryPaging = {}) {
      if (typeof words !== "string" || words.trim() === "")
        throw new AttachError("invalid_argument", "search takes the words to look for");
      return ask<MemoryPage>(fetch, pageOf(paging, { q: words }));
    },
    list: async (paging: MemoryPaging = {}) => ask<MemoryPage>(fetch, pageOf(paging, {})),
    write: (note: MemoryNote) =>
      ask<MemoryWritten>(fetch, PATH, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(note),
      }),
    get: async (id: string) => ask<MemoryEvent>(fetch, eventPath(id)),
    async delete(id: string) {
      const response = await send(fetch, eventPath(id), { method: "DELETE" });
      await response.body?.cancel();
    },
  });
}

function pageOf({ limit, cursor }: MemoryPaging, query: Record<string, string>): string {
  const parameters = new URLSearchParams(query);
  if (limit !== undefined) parameters.set("limit", String(limit));
  if (cursor !== undefined) parameters.set("cursor", cursor);
  return parameters.size === 0 ? PATH : `${PATH}?${parameters}`;
}

function eventPath(id: string): string {
  if (typeof id === "string" && /^[0-9A-Za-z-]{1,64}$/.test(id)) return `${PATH}/${id}`;
  throw new AttachError("invalid_argument", "the id of an event is what write() or a list gave");
}
