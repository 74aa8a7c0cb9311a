import { ok, type Result, refuse } from "../../core/result.ts";
import { isJsonObject } from "../../core/strict-json.ts";
import type { FetchJson } from "./fetch-json.ts";
import { isLoopback, parseTrustedUrl } from "./trusted-url.ts";

export interface DiscoveryOptions {
  /** Exactly as tokens name it. */
  readonly issuer: string;
  /**
   * Where the document is, when not at the issuer's own address (containers): its whole address, or another base of the issuer.
   */
  readonly discoveryUrl?: string | undefined;
  /** Plain http allowed beyond loopback. */
  readonly allowInsecure: boolean;
}

const WELL_KNOWN = "/.well-known/openid-configuration";

/**
 * Where an issuer's metadata is (OpenID Connect Discovery §4.1).
 * @throws TypeError when the issuer or the address is not one that keys may come from: a fault in the configuration
 */
export function discoveryAddress({ issuer, discoveryUrl, allowInsecure }: DiscoveryOptions): URL {
  const base = discoveryUrl ?? issuer;
  const address = base.includes("/.well-known/") ? base : base.replace(/\/$/, "") + WELL_KNOWN;
  const url = parseTrustedUrl(address, (plain) => allowInsecure || isLoopback(plain));
  if (url === undefined) {
    throw new TypeError(
      `issuer ${issuer}: ${base} must be an https address (plain http only on loopback or where allowed)`,
    );
  }
  return url;
}

/** Asks the issuer where its keys are. The document must name exactly the issuer we trust (OpenID Connect Discovery §4.3). */
export async function discoverKeys(
  options: DiscoveryOptions,
  fetchJson: FetchJson,
): Promise<Result<string, string>> {
  const address = discoveryAddress(options);
  const document = await fetchJson(address.href);
  if (!document.ok) return refuse(`${address.href}: ${document.reason}`);
  if (!isJsonObject(document.value)) return refuse(`${address.href}: not a JSON object`);
  const { issuer, jwks_uri } = document.value;
  if (issuer !== options.issuer) return refuse(describeMismatch(options.issuer, issuer));
  // Plain http on loopback is for an issuer that is itself on loopback: a remote document must not point into this machine.
  const allowHttp = (plain: URL) => options.allowInsecure || (isLoopback(plain) && isLoopback(address));
  const keys = parseTrustedUrl(jwks_uri, allowHttp);
  return keys === undefined ? refuse(`${address.href}: its jwks_uri is not an https address`) : ok(keys.href);
}

function describeMismatch(expected: string, found: unknown): string {
  if (typeof found !== "string") return `the discovery document of ${expected} names no issuer`;
  const trap =
    found.replace(/\/$/, "") === expected.replace(/\/$/, "")
      ? ": they differ by a trailing slash only, write it exactly as the issuer does"
      : "";
  return `the issuer is configured as ${expected}, its discovery document says ${JSON.stringify(found.slice(0, 255))}${trap}`;
}
