import type { UpstreamConfig } from "./config/config.ts";
import type { UpstreamOptions } from "./proxy/upstream.ts";

/** An upstream as the relay takes it. */
export function upstreamOptions(config: UpstreamConfig): UpstreamOptions {
  return {
    name: config.name,
    url: config.url,
    credential:
      config.apiKey === undefined ? null : { name: "Authorization", value: `Bearer ${config.apiKey}` },
    identityHeaders: config.identityHeaders,
    lane: config.lane,
    timeouts: {
      connect: config.connectTimeoutMs,
      firstByte: config.firstByteTimeoutMs,
      idle: config.idleTimeoutMs,
    },
  };
}
