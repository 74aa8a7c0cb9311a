import type { UpstreamConfig } from "./config.ts";
import type { Settings } from "./schema.ts";
import { milliseconds } from "./units.ts";

const HEALTH_PATHS = { ollama: "/api/version", openai: "/v1/models", http: "/" } as const;
/** With several upstreams there is somewhere else to go, so that it pays to know. */
const HEALTH_EVERY_MS = 10_000;

type UpstreamSettings = Settings["upstreams"][number];

export function resolveUpstream(
  upstream: UpstreamSettings,
  _index: number,
  { length }: readonly UpstreamSettings[],
): UpstreamConfig {
  const { healthEvery } = upstream;
  const unsaid = length > 1 ? HEALTH_EVERY_MS : 0;
  return {
    name: upstream.name,
    kind: upstream.kind,
    url: new URL(upstream.url).href.replace(/\/$/, ""),
    ...(upstream.models === undefined ? {} : { models: [...new Set(upstream.models)] }),
    ...(upstream.routes === undefined
      ? {}
      : { routes: [...new Set(upstream.routes.map((route) => route.toLowerCase()))] }),
    priority: upstream.priority,
    weight: upstream.weight,
    credential: credentialOf(upstream),
    identityHeaders: upstream.identityHeaders,
    lane: upstream.lane,
    connectTimeoutMs: milliseconds(upstream.connectTimeout),
    firstByteTimeoutMs: milliseconds(upstream.firstByteTimeout),
    idleTimeoutMs: milliseconds(upstream.idleTimeout),
    maxConcurrency: upstream.maxConcurrency,
    health: {
      path: upstream.healthPath ?? HEALTH_PATHS[upstream.kind],
      everyMs: healthEvery === undefined ? unsaid : milliseconds(healthEvery),
    },
    breaker: { failures: upstream.breakerFailures, openMs: milliseconds(upstream.breakerOpen) },
  };
}

function credentialOf({ apiKey, keyHeader, keyScheme }: UpstreamSettings): UpstreamConfig["credential"] {
  if (apiKey === undefined) return null;
  const scheme = keyScheme ?? (keyHeader.toLowerCase() === "authorization" ? "Bearer" : undefined);
  return { name: keyHeader, value: scheme === undefined ? apiKey : `${scheme} ${apiKey}` };
}
