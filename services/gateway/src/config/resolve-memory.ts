import type { MemoryConfig, WeaviateConfig } from "./memory-config.ts";
import type { Settings } from "./schema.ts";
import { milliseconds, size } from "./units.ts";

/** Weaviate's own, where its address does not say. */
const GRPC_PORT = 50051;

export function resolveMemory({ memory }: Settings): MemoryConfig {
  const maxAgeMs = milliseconds(memory.keepFor);
  return {
    backend: memory.backend as MemoryConfig["backend"],
    mirror: memory.mirror,
    optOut: memory.optOut,
    exceptPaths: memory.exceptPaths.map((path) => path.toLowerCase().replace(/(?<=.)\/$/, "")),
    exceptAgents: memory.exceptAgents,
    reach: memory.reach,
    retention: { maxAgeMs: maxAgeMs === 0 ? null : maxAgeMs, maxEvents: memory.keepEvents },
    maxSpoolBytes: size(memory.spoolMax),
    ...resolveWeaviate(memory),
  };
}

function resolveWeaviate(memory: Settings["memory"]): { weaviate?: WeaviateConfig } {
  const { backend, weaviateUrl, weaviateApiKey, weaviateVectorizer: module, embeddingModel } = memory;
  if (backend !== "weaviate" || weaviateUrl === undefined) return {};
  const { protocol, hostname } = new URL(weaviateUrl);
  const options = readOptions(memory.weaviateVectorizerOptions) ?? {};
  return {
    weaviate: {
      url: weaviateUrl,
      grpcUrl: memory.weaviateGrpcUrl ?? `${protocol}//${hostname}:${GRPC_PORT}`,
      ...(weaviateApiKey === undefined ? {} : { apiKey: weaviateApiKey }),
      ...(module === undefined ? {} : { vectorizer: { module, options } }),
      ...(embeddingModel === undefined ? {} : { embeddingModel }),
    },
  };
}

/** A module's options as they are written; `undefined` where they are no JSON object. */
export function readOptions(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
