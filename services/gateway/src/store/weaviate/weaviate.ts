import { setTimeout as delay } from "node:timers/promises";
import type { Collection, FilterValue } from "weaviate-client";
import type { Owner } from "../../core/owner.ts";
import type { Embedder, MemoryView, PlacedEvent } from "../../core/ports/memory.ts";
import type { RemoteMemory } from "../remote/remote.ts";
import { isWithin } from "../sqlite/memory/keys.ts";
import { between, type FilterBuilders, holding, within, wordsOf } from "./filters.ts";
import { createLink, isMissingTenant, type LinkOptions } from "./link.ts";
import { eventOfObject, STORED, type StoredProperties, tenantOf } from "./objects.ts";
import { putObjects } from "./put.ts";

export interface WeaviateOptions extends LinkOptions {
  /** Makes the vectors where Weaviate does not. */
  readonly embedder: Embedder | null;
  readonly log: { warn(fields: object, message: string): void };
}

/** Events that may share a place, by the chance of their ids, and are asked for beyond a page. */
const TIES = 8;
/** What Weaviate removes in one go, and the most it answers. */
const ROUND = 5_000;
const HYBRID_WEIGHT = 0.5;
/** Longest that a question waits for its vector. */
const QUESTION_MS = 2_000;
const REMOVE_MS = 30_000;

/** Memory in Weaviate: one tenant for each user, so that no question can reach another's. */
export function createWeaviate(options: WeaviateOptions): RemoteMemory {
  const { embedder, vector, log } = options;
  const link = createLink(options);

  /** Nothing is there where the tenant is not. */
  async function of<T>(
    owner: Owner,
    nothing: T,
    work: (tenant: Collection) => Promise<T>,
    limitMs?: number,
  ): Promise<T> {
    try {
      return await link.use((collection) => work(collection.withTenant(tenantOf(owner))), limitMs);
    } catch (error) {
      if (isMissingTenant(error)) return nothing;
      throw error;
    }
  }

  async function removeWhere(owner: Owner, where: (tenant: Collection) => FilterValue): Promise<number> {
    return of(
      owner,
      0,
      async (tenant) => {
        let removed = 0;
        for (;;) {
          const { successful, failed } = await tenant.data.deleteMany(where(tenant));
          removed += successful;
          if (failed > 0) throw new Error(`${failed} objects could not be removed`);
          if (successful === 0) return removed;
        }
      },
      REMOVE_MS,
    );
  }

  return {
    hasMeaning: vector !== null,
    put: (rows) => putObjects(rows, { use: link.use, embedder, vector, log }),
    async find(view, id, from) {
      const found = await of(view.owner, null, (tenant) =>
        tenant.query.fetchObjectById(id, { returnProperties: [...STORED] }),
      );
      if (found === null) return undefined;
      const [placed] = seen([found], view);
      return placed !== undefined && placed.place >= from ? placed.event : undefined;
    },
    async slice({ view, words, tier, upTo, limit }, from) {
      const terms = words === null ? [] : wordsOf(words);
      if (words !== null && terms.length === 0) return [];
      const build = await builders();
      const { objects } = await of(view.owner, NOTHING, async (tenant) => {
        const parts = within(tenant, view, build);
        if (parts === null) return NOTHING;
        const matching = terms.length === 0 ? [] : holding(tenant, terms, { tier, build });
        return tenant.query.fetchObjects({
          ...filtered([...between(tenant, from, upTo), ...parts, ...matching], build),
          sort: tenant.sort.byProperty("place" as never, false),
          limit: limit + TIES,
          returnProperties: [...STORED],
        });
      });
      return seen(objects, view).sort(newestFirst);
    },
    async nearest({ view, words, offset, limit }, from) {
      const terms = wordsOf(words);
      if (terms.length === 0 || vector === null) return [];
      const own = embedder === null ? undefined : await vectorOf(words);
      const build = await builders();
      const { objects } = await of(view.owner, NOTHING, async (tenant) => {
        const parts = within(tenant, view, build);
        if (parts === null) return NOTHING;
        const common = {
          ...filtered([...between(tenant, from, Number.MAX_SAFE_INTEGER), ...parts], build),
          limit,
          offset,
          returnProperties: [...STORED],
        };
        // Without a vector of the question, its words are all there is to go by.
        if (embedder !== null && own === undefined)
          return tenant.query.bm25(terms.join(" "), { ...common, queryProperties: ["text"] });
        return tenant.query.hybrid(own === undefined ? words : terms.join(" "), {
          ...common,
          alpha: HYBRID_WEIGHT,
          queryProperties: ["text"],
          targetVector: vector.name,
          ...(own === undefined ? {} : { vector: [...own] }),
        });
      });
      return seen(objects, view);
    },
    remove: async (owner, ids) =>
      ids.length === 0 ? 0 : removeWhere(owner, (tenant) => tenant.filter.byId().containsAny([...ids])),
    removeBelow: (owner, place) =>
      removeWhere(owner, (tenant) => tenant.filter.byProperty("place").lessThan(place)),
    async removeOldest(owner, events) {
      const oldest = await of(owner, NOTHING, (tenant) =>
        tenant.query.fetchObjects({
          sort: tenant.sort.byProperty("place" as never, true),
          limit: Math.min(events, ROUND),
          returnProperties: ["place"],
        }),
      );
      const ids = oldest.objects.map(({ uuid }) => uuid);
      return ids.length === 0 ? 0 : removeWhere(owner, (tenant) => tenant.filter.byId().containsAny(ids));
    },
    ping: link.ping,
    close: link.close,
  };

  async function vectorOf(words: string): Promise<readonly number[] | undefined> {
    try {
      const late = delay(QUESTION_MS, undefined, { ref: false }).then(() => {
        throw new Error(`no vector within ${QUESTION_MS} ms`);
      });
      const made = embedder?.embed([words.slice(0, 2_000)]);
      made?.catch(() => {});
      return (await Promise.race([made, late]))?.[0] ?? undefined;
    } catch (error) {
      log.warn({ error: String(error) }, "a question could not be embedded: it is looked for by its words");
      return undefined;
    }
  }
}

const NOTHING: { readonly objects: readonly Found[] } = { objects: [] };
type Found = { readonly uuid: string; readonly properties: object };

const filtered = (filters: FilterValue[], { all }: FilterBuilders) =>
  filters.length === 0 ? {} : { filters: all(...filters) };

async function builders(): Promise<FilterBuilders> {
  const { Filters } = await import("weaviate-client");
  return { all: Filters.and, any: Filters.or, not: Filters.not };
}

/** Whose it is and what the view holds is asked of the event itself, whatever was found. */
function seen(objects: readonly Found[], view: MemoryView): PlacedEvent[] {
  return objects.flatMap(({ properties }) => {
    const placed = eventOfObject(properties as Partial<StoredProperties>, view.owner);
    return placed !== undefined && isWithin(view, placed.event) ? [placed] : [];
  });
}

const newestFirst = (a: PlacedEvent, b: PlacedEvent): number =>
  b.place - a.place || (a.event.id < b.event.id ? 1 : -1);
