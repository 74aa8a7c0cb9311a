import { isLoopbackUrl } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, namedSettings } from "../config/load.ts";
import type { ConfigMistake } from "../config/mistakes.ts";
import type { Result } from "../core/result.ts";
import type { Call } from "./call.ts";
import type { Flags } from "./command-line.ts";

/** What `dev` decides itself; whatever is configured for it belongs to the real gateway. */
const OURS: Readonly<Record<string, unknown>> = {
  issuers: [],
  insecureIssuers: [],
  adminSubjects: [],
  auth0: {},
  "server.publicUrl": undefined,
  // One process holds the provider and the engine as well.
  "server.workers": 1,
};

/** The dev issuer's public client. Written out: its package may be missing here. */
const DEV_CLIENT = "attach-cli";

export interface DevSettings {
  /** Is an engine named? Then it is used in place of the demo engine. */
  readonly hasEngine: boolean;
  /** Settings that are there and have no say in `dev`. */
  readonly unused: readonly string[];
  /** The configuration without what `dev` brings: where it wants to listen. */
  draft(): Result<Config, readonly ConfigMistake[]>;
  /** The configuration with it. */
  complete(parts: DevPlaces): Result<Config, readonly ConfigMistake[]>;
}

/** Where the parts of `dev` are, once they are known. */
export interface DevPlaces {
  readonly port: number;
  readonly publicUrl: string;
  readonly issuer: string;
  readonly engine: string | undefined;
}

export function readDevSettings({ env, cwd }: Call, flags: Flags): DevSettings {
  const sources = { flags, env, cwd, command: "dev" as const };
  const named = namedSettings(sources);
  return {
    hasEngine: named.has("upstreams.0.url"),
    unused: Object.keys(OURS).filter((path) => named.has(path)),
    draft: () => loadConfig({ ...sources, imposed: OURS }),
    complete: ({ port, publicUrl, issuer, engine }) =>
      loadConfig({
        ...sources,
        imposed: {
          ...OURS,
          issuers: [{ issuer, audiences: [publicUrl], clientId: DEV_CLIENT }],
          "server.port": port,
          "server.publicUrl": publicUrl,
          ...(engine === undefined ? {} : { upstreams: [{ name: "demo", url: engine }] }),
          ...(named.has("server.logLevel") ? {} : { "server.logLevel": "warn" }),
        },
      }),
  };
}

/** `http://localhost:PORT`, or the address where that is another loopback one. */
export function devUrl(host: string, port: number): string {
  const plain = ["127.0.0.1", "::1", "localhost"].includes(host);
  const url = `http://${plain ? "localhost" : host}:${port}`;
  return isLoopbackUrl(url) ? url : `http://[${host}]:${port}`;
}
