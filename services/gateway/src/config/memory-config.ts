/** What is remembered, for how long, and who sees it. */
export interface MemoryConfig {
  readonly backend: "sqlite" | "weaviate" | "none";
  /** Are relayed calls remembered? */
  readonly mirror: boolean;
  /** Who may keep a call out of it. */
  readonly optOut: "everyone" | "users" | "nobody";
  /** As they are normalised. */
  readonly exceptPaths: readonly string[];
  readonly exceptAgents: readonly string[];
  /** Of an agent whose user's grant does not say. */
  readonly reach: "own" | "session" | "user";
  readonly retention: { readonly maxAgeMs: number | null; readonly maxEvents: number };
  readonly maxSpoolBytes: number;
  /** With that backend. */
  readonly weaviate?: WeaviateConfig;
}

export interface WeaviateConfig {
  readonly url: string;
  /** `host:port`, with a scheme before it where it is encrypted. */
  readonly grpcUrl: string;
  readonly apiKey?: string;
  /** A module of Weaviate's that makes the vectors. */
  readonly vectorizer?: { readonly module: string; readonly options: Readonly<Record<string, unknown>> };
  /** The engine's model that makes them instead. */
  readonly embeddingModel?: string;
}
