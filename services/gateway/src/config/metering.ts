import type { Settings } from "./schema.ts";

export interface MeteringConfig {
  /** Is anything counted? */
  readonly counts: boolean;
  readonly asksStreams: boolean;
  /** Unset: OpenMeter is told nothing. */
  readonly openmeter?: { readonly url: string; readonly apiKey?: string };
  /** Does an answer wait for its records? */
  readonly strict: boolean;
  /** Unset: no traces. */
  readonly telemetry?: TelemetryConfig;
}

export interface TelemetryConfig {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** From 0 to 1. */
  readonly sampled: number;
}

export function resolveMetering({ metering, telemetry, durability }: Settings): MeteringConfig {
  const { usage, askStreams, openmeterUrl, openmeterApiKey } = metering;
  return {
    counts: usage !== "null",
    asksStreams: askStreams,
    ...(usage !== "openmeter" || openmeterUrl === undefined
      ? {}
      : {
          openmeter: {
            url: withoutSlash(openmeterUrl),
            ...(openmeterApiKey === undefined ? {} : { apiKey: openmeterApiKey }),
          },
        }),
    strict: durability === "strict",
    ...(telemetry.endpoint === undefined
      ? {}
      : {
          telemetry: {
            endpoint: withoutSlash(telemetry.endpoint),
            headers: readHeaders(telemetry.headers ?? "") ?? {},
            serviceName: telemetry.serviceName,
            sampled: telemetry.samplePercent / 100,
          },
        }),
  };
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

/** `name=value,name=value`, percent-encoded, as OpenTelemetry has it. `undefined`: not that. */
export function readHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",")) {
    if (pair.trim() === "") continue;
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return undefined;
    try {
      const value = decodeURIComponent(pair.slice(equals + 1).trim());
      if (!/^[\x20-\x7e]*$/.test(value)) return undefined;
      headers[name] = value;
    } catch {
      return undefined;
    }
  }
  return headers;
}
