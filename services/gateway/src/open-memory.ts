import { hash } from "node:crypto";
import type { UpstreamConfig } from "./config/config.ts";
import type { MemoryConfig, WeaviateConfig } from "./config/memory-config.ts";
import type { Clock } from "./core/clock.ts";
import type { Keyring } from "./core/keyring.ts";
import type { Embedder } from "./core/ports/memory.ts";
import type { Metrics } from "./core/ports/metrics.ts";
import type { Store } from "./core/ports/store.ts";
import { createEmbedder } from "./memory/embedder.ts";
import { createMemory, type Memory } from "./memory/memory.ts";
import type { Logger } from "./observability/logger.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { createRemoteMemory, type OutboxedMemory } from "./store/remote/remote-memory.ts";
import type { NamedVector } from "./store/weaviate/schema.ts";
import { createWeaviate } from "./store/weaviate/weaviate.ts";

export interface OpenMemoryParts {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  /** The engine that makes vectors. */
  readonly engine: UpstreamConfig;
  readonly metrics: Metrics;
}

/** Memory on the backend that the configuration names; `null` where nothing is to be remembered. */
export function openMemory(
  config: MemoryConfig,
  { store, engine, metrics, ...parts }: OpenMemoryParts,
): Memory | null {
  if (config.backend === "none") return null;
  const local = { ...config, ...parts, spool: store.spool, trail: store.trail };
  if (config.weaviate === undefined) return createMemory({ ...local, store: store.memory });
  const remote = openWeaviate(config.weaviate, { store, engine, ...parts });
  measure(remote, metrics, parts.clock);
  return createMemory({ ...local, store: remote, remote });
}

function openWeaviate(
  config: WeaviateConfig,
  { store, engine, clock, log }: Pick<OpenMemoryParts, "store" | "engine" | "clock" | "log">,
): OutboxedMemory {
  const embedder = config.embeddingModel === undefined ? null : embedderOf(engine, config.embeddingModel);
  const remote = createWeaviate({ ...config, vector: vectorOf(config, embedder), embedder, log });
  return createRemoteMemory({ outbox: store.outbox, remote, clock, log });
}

function embedderOf({ url, credential, kind }: UpstreamConfig, model: string): Embedder {
  return createEmbedder({
    // Named by the operator, as every upstream is: it may be anywhere.
    outbound: createOutbound({ allowedHosts: [new URL(url).hostname], ...EMBEDDING }),
    url,
    headers: credential === null ? {} : { [credential.name]: credential.value },
    dialect: kind === "ollama" ? "ollama" : "openai",
    model,
  });
}

/** An engine may have to load the model first; 32 vectors of a large one are some megabytes. */
const EMBEDDING = { timeoutMs: 30_000, maxBytes: 16 * 1024 * 1024 };

function vectorOf({ vectorizer }: WeaviateConfig, embedder: Embedder | null): NamedVector | null {
  if (embedder !== null) return { name: `own_${embedder.name}`, source: { kind: "own" } };
  if (vectorizer === undefined) return null;
  const name = `module_${hash("sha256", JSON.stringify(vectorizer)).slice(0, 12)}`;
  return { name, source: { kind: "module", ...vectorizer } };
}

function measure(remote: OutboxedMemory, metrics: Metrics, clock: Clock): void {
  // Each process of several looks at the same outbox.
  metrics.gauge(
    {
      name: "attach_memory_waiting",
      help: "Events that wait for memory's remote backend.",
      together: "max",
    },
    () => [[[], remote.waiting.waiting]],
  );
  metrics.gauge(
    {
      name: "attach_memory_lag_seconds",
      help: "Age of the oldest event that waits for memory's remote backend.",
      together: "max",
    },
    () => {
      const { since } = remote.waiting;
      return [[[], since === null ? 0 : Math.max(0, clock.now() - since) / 1e3]];
    },
  );
}
