import type { MemoryEvent, MemoryView } from "../core/ports/memory.ts";
import type { Principal } from "../core/principal.ts";
import type { RecallOptions } from "./options.ts";
import type { MemoryQuery } from "./schema.ts";
import { showMemory } from "./show.ts";
import { viewOf } from "./view.ts";

const USUAL_PAGE = 50;
const EXPORT_PAGE = 200;

/** A page of what the caller may see: newest first, or what holds the words that are sought. */
export async function listMemory(principal: Principal, query: MemoryQuery, options: RecallOptions) {
  const { q, limit, cursor } = query;
  const page = await options.memory.list({
    view: await viewOf(principal, options),
    words: q === undefined || q === "" ? null : q,
    cursor: cursor ?? null,
    limit: limit === undefined ? USUAL_PAGE : Number(limit),
  });
  return { items: page.items.map(showMemory), next: page.next };
}

/** Everything that the caller may see, a line of JSON each, as it is read. */
export async function exportMemory(
  principal: Principal,
  options: RecallOptions,
): Promise<AsyncIterable<string>> {
  return exportLines(await viewOf(principal, options), options);
}

async function* exportLines(
  view: MemoryView,
  { memory }: Pick<RecallOptions, "memory">,
): AsyncGenerator<string> {
  let cursor: string | null = null;
  do {
    const page: { items: readonly MemoryEvent[]; next: string | null } = await memory.list({
      view,
      words: null,
      cursor,
      limit: EXPORT_PAGE,
    });
    yield page.items.map((event) => `${JSON.stringify(showMemory(event))}\n`).join("");
    cursor = page.next;
  } while (cursor !== null);
}
