import type { Clock } from "../../core/clock.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { ExternalPrincipal, ExternalRules } from "../external-principal.ts";
import { judgeAccessToken, judgeIdToken } from "../external-principal.ts";
import type { IdentityLog } from "../log.ts";
import type { ParsedJwt } from "../parse-jwt.ts";
import type { Remembered, TrustSource } from "../remembered.ts";
import { isSignedBy } from "../verify-signature.ts";
import { type DiscoveryOptions, discoverKeys } from "./discovery.ts";
import type { FetchJson } from "./fetch-json.ts";
import { type IssuerKey, readJwkSet } from "./jwk.ts";
import { createKeySet, type FoundKey, type KeySet } from "./jwks.ts";

export interface OidcVerifierOptions {
  readonly clock: Clock;
  readonly discovery: DiscoveryOptions;
  readonly algorithms: readonly string[];
  readonly rules: ExternalRules;
  readonly fetchJson: FetchJson;
  readonly log: IdentityLog;
}

export interface OidcVerifier {
  /** An access token, at a route or as a subject. */
  verify(jwt: ParsedJwt): Promise<Result<Remembered, TokenRefusal>>;
  /** An ID token as a subject (S06). */
  verifyIdToken(jwt: ParsedJwt): Promise<Result<ExternalPrincipal, TokenRefusal>>;
  readonly keys: KeySet;
}

/** Verifies the tokens of one identity provider, offline once its keys are here. */
export function createOidcVerifier(options: OidcVerifierOptions): OidcVerifier {
  const { clock, algorithms, rules } = options;
  const keys = createKeySet({ clock, load: createKeyLoader(options) });
  const source: TrustSource = {
    audiences: rules.audiences,
    vouchesFor: (generation) => typeof generation === "number" && keys.isCurrent(generation),
  };

  async function verifySignature(jwt: ParsedJwt): Promise<Result<FoundKey, TokenRefusal>> {
    if (!algorithms.includes(jwt.alg)) return refuse("unsupported_algorithm");
    const found = await keys.find(jwt);
    if (!found.ok) return found;
    return (await isSignedBy(jwt, found.value.key)) ? found : refuse("bad_signature");
  }

  return {
    keys,
    async verify(jwt) {
      const signed = await verifySignature(jwt);
      if (!signed.ok) return signed;
      const judged = judgeAccessToken(jwt, rules, clock.now());
      if (!judged.ok) return judged;
      return ok({ principal: judged.value, source, stamp: signed.value.generation });
    },
    async verifyIdToken(jwt) {
      const signed = await verifySignature(jwt);
      return signed.ok ? judgeIdToken(jwt, rules, clock.now()) : signed;
    },
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
}: OidcVerifierOptions): () => Promise<readonly IssuerKey[] | undefined> {
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
