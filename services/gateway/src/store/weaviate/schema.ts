import type { Collection, WeaviateClient } from "weaviate-client";
import { StoreError } from "../store-error.ts";

const COLLECTION = "MemoryEvent";

/** How events get their vectors: by a module of Weaviate's, or from us; `null`: words alone. */
export type VectorSource =
  | { readonly kind: "module"; readonly module: string; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: "own" };

export interface NamedVector {
  /** Another model is another name: its vectors cannot be compared with those that are there. */
  readonly name: string;
  readonly source: VectorSource;
}

const VERSION = 1;
const DESCRIPTION = /^attach-gateway memory, version (\d{1,6})$/;

/** Scanned, not kept in memory: there is one index for each user, and most users are few events. */
const INDEX = { vectorIndexType: "flat" };

/**
 * One tenant for each user, made with their first event. `text` is the one property that is searched; `place` orders; the digests
 * part what a view holds; `record` is all the rest, for us alone to read.
 */
const definition = {
  class: COLLECTION,
  description: `attach-gateway memory, version ${VERSION}`,
  multiTenancyConfig: { enabled: true, autoTenantCreation: true, autoTenantActivation: true },
  // A word that is common is a word: what is searched for is found, as in SQLite.
  invertedIndexConfig: { stopwords: { preset: "none" } },
  // A collection without any named vector can be given none later.
  vectorConfig: { words: { vectorizer: { none: {} }, ...INDEX } },
  properties: [
    { name: "text", dataType: ["text"], tokenization: "word", indexSearchable: true, indexFilterable: true },
    { name: "place", dataType: ["int"], indexFilterable: false, indexRangeFilters: true },
    ...["agentKey", "rootKey"].map((name) => ({
      name,
      dataType: ["text"],
      tokenization: "field",
      indexSearchable: false,
      indexFilterable: true,
    })),
    ...["kind", "record"].map((name) => ({
      name,
      dataType: ["text"],
      indexSearchable: false,
      indexFilterable: false,
    })),
  ],
};

/**
 * Makes the collection on the first start, and gives it the vector that is configured.
 * @throws StoreError where it is not ours, or of a newer program
 */
export async function ensureSchema(client: WeaviateClient, vector: NamedVector | null): Promise<Collection> {
  const { collections } = client;
  if (!(await collections.exists(COLLECTION)))
    // Another process may have been first.
    await collections.createFromSchema(definition as never).catch(async (error: unknown) => {
      if (!(await collections.exists(COLLECTION))) throw error;
    });
  const collection = collections.use(COLLECTION);
  const { description = "", vectorizers } = await collection.config.get();
  refuseOther(description);
  if (vector !== null && !(vector.name in vectorizers))
    await collection.config.addVector(addition(vector)).catch(async (error: unknown) => {
      if (!(vector.name in (await collection.config.get()).vectorizers)) throw error;
    });
  return collection;
}

function refuseOther(description: string): void {
  const version = Number(DESCRIPTION.exec(description)?.[1]);
  if (Number.isNaN(version)) throw new StoreError(`Weaviate's collection ${COLLECTION} was not made by us`);
  if (version > VERSION)
    throw new StoreError(
      `Weaviate's collection ${COLLECTION} is of version ${version}, and this program knows ${VERSION}: use a newer one`,
    );
}

function addition({ name, source }: NamedVector) {
  const vectorizer =
    source.kind === "own"
      ? { name: "none", config: undefined }
      : { name: source.module, config: { ...source.options, vectorizeCollectionName: false } };
  return {
    name,
    ...(source.kind === "own" ? {} : { properties: ["text"] }),
    vectorizer,
    vectorIndex: { name: "flat", config: undefined },
  } as never;
}
