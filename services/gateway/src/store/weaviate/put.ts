import type { Collection } from "weaviate-client";
import type { Embedder, PlacedEvent } from "../../core/ports/memory.ts";
import { isMissingTenant, type Link } from "./link.ts";
import { storedOf, tenantOf } from "./objects.ts";
import type { NamedVector } from "./schema.ts";

interface PutOptions {
  readonly use: Link["use"];
  readonly embedder: Embedder | null;
  readonly vector: NamedVector | null;
  readonly log: { warn(fields: object, message: string): void };
}

/** Tenants that are written to at once. */
const AT_ONCE = 4;
const INSERT_MS = 30_000;

/** Writes what is not there yet, tenant by tenant. @returns what is there afterwards */
export async function putObjects(
  rows: readonly PlacedEvent[],
  options: PutOptions,
): Promise<readonly PlacedEvent[]> {
  const tenants = new Map<string, PlacedEvent[]>();
  for (const row of rows) {
    const tenant = tenantOf(row.event.owner);
    const those = tenants.get(tenant);
    if (those === undefined) tenants.set(tenant, [row]);
    else those.push(row);
  }
  const there: PlacedEvent[] = [];
  const left = [...tenants];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      there.push(...(await putTenant(next[0], next[1], options)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return there;
}

async function putTenant(
  tenant: string,
  rows: readonly PlacedEvent[],
  { use, embedder, vector, log }: PutOptions,
): Promise<readonly PlacedEvent[]> {
  const known = await use((collection) => knownOf(collection.withTenant(tenant), rows), INSERT_MS);
  const fresh = rows.filter(({ event }) => !known.has(event.id));
  if (fresh.length === 0) return rows;
  // Between two uses: an engine that is out says nothing about Weaviate.
  const vectors = embedder === null ? [] : await embedder.embed(fresh.map(({ event }) => event.text));
  const objects = fresh.map((row, at) => ({
    id: row.event.id,
    properties: storedOf(row) as never,
    ...(vector !== null && vectors[at] ? { vectors: { [vector.name]: [...vectors[at]] } } : {}),
  }));
  const { errors } = await use(
    (collection) => collection.withTenant(tenant).data.insertMany(objects),
    INSERT_MS,
  );
  const refused = new Set(Object.keys(errors).map((at) => fresh[Number(at)]?.event.id));
  if (refused.size > 0) {
    const [first] = Object.values(errors);
    log.warn({ events: refused.size, error: first?.message }, "Weaviate refused events: they wait");
  }
  return rows.filter(({ event }) => !refused.has(event.id));
}

async function knownOf(objects: Collection, rows: readonly PlacedEvent[]): Promise<ReadonlySet<string>> {
  try {
    const { objects: found } = await objects.query.fetchObjects({
      filters: objects.filter.byId().containsAny(rows.map(({ event }) => event.id)),
      limit: rows.length,
      returnProperties: ["place"],
    });
    return new Set(found.map(({ uuid }) => uuid));
  } catch (error) {
    if (isMissingTenant(error)) return new Set();
    throw error;
  }
}
