import type { Clock } from "../../core/clock.ts";
import { ok, refuse } from "../../core/result.ts";
import type { SignatureSource } from "../issuer-verifier.ts";
import type { IdentityLog } from "../log.ts";
import { isSignedBy } from "../verify-signature.ts";
import { type DiscoveryOptions, discoverKeys } from "./discovery.ts";
import type { FetchJson } from "./fetch-json.ts";
import { type IssuerKey, readJwkSet } from "./jwk.ts";
import { createKeySet } from "./jwks.ts";

export interface OidcSignaturesOptions {
  readonly clock: Clock;
  readonly discovery: DiscoveryOptions;
  readonly algorithms: readonly string[];
  readonly fetchJson: FetchJson;
  readonly log: IdentityLog;
}

/** Signatures by the keys that an OpenID provider publishes: checked offline once they are here. */
export function createOidcSignatures(options: OidcSignaturesOptions): SignatureSource {
  const keys = createKeySet({ clock: options.clock, load: createKeyLoader(options) });
  return {
    async check(jwt) {
      if (!options.algorithms.includes(jwt.alg)) return refuse("unsupported_algorithm");
      const found = await keys.find(jwt);
      if (!found.ok) return found;
      const { key, generation } = found.value;
      return isSignedBy(jwt, key) ? ok(generation) : refuse("bad_signature");
    },
    isCurrent: keys.isCurrent,
    refresh: keys.refresh,
    state: keys.state,
  };
}

/** How long an answer to "where are your keys" is believed, in milliseconds. */
const DISCOVERY_MS = 60 * 60_000;

/** Discovery, then the key set. The address of the keys is kept, and asked for again when it grows old or fails. */
function createKeyLoader({
  clock,
  discovery,
  algorithms,
  fetchJson,
  log,
}: OidcSignaturesOptions): () => Promise<readonly IssuerKey[] | undefined> {
  const { issuer } = discovery;
  let address: { readonly url: string; readonly since: number } | undefined;

  function fail(reason: string): undefined {
    address = undefined;
    // What the issuer wrote may be in the reason: an address can be long.
    log.warn({ issuer, reason: reason.slice(0, 1000) }, "the issuer's keys could not be fetched");
  }

  return async () => {
    if (address === undefined || clock.now() - address.since >= DISCOVERY_MS) {
      const found = await discoverKeys(discovery, fetchJson);
      if (!found.ok) return fail(found.reason);
      address = { url: found.value, since: clock.now() };
    }
    const document = await fetchJson(address.url);
    if (!document.ok) return fail(`${address.url}: ${document.reason}`);
    const reading = readJwkSet(document.value, algorithms);
    if (reading === undefined) return fail(`${address.url}: not a JWK Set`);
    if (reading.keys.length === 0) {
      log.warn({ issuer, passedOver: reading.passedOver }, "the issuer publishes no usable key");
    }
    return reading.keys;
  };
}
