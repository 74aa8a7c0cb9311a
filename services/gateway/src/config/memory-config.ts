/** What is remembered, for how long, and who sees it. */
export interface MemoryConfig {
  readonly backend: "sqlite" | "none";
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
}
