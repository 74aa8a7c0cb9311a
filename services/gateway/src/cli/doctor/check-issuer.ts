import type { IssuerConfig } from "../../config/config.ts";
import { systemClock } from "../../core/clock.ts";
import type { Outbound } from "../../core/ports/outbound.ts";
import { discoverKeys } from "../../identity/oidc/discovery.ts";
import { createJsonFetcher, type FetchJson } from "../../identity/oidc/fetch-json.ts";
import { readJwkSet } from "../../identity/oidc/jwk.ts";
import { type Finding, fail, good, warn } from "./finding.ts";

/** A clock that is off by more than this is worth a word, in milliseconds: the `Date` header counts whole seconds. */
const DRIFT_MS = 5_000;

/** Discovery document, clock and keys of one provider, asked for as the gateway does, and through the same door. */
export async function checkIssuer(config: IssuerConfig, outbound: Outbound): Promise<readonly Finding[]> {
  const { issuer } = config;
  const name = `issuer ${issuer}`;
  if (config.secret !== undefined)
    return [good(name, "signs by a shared secret: there are no keys to fetch")];
  let drift: number | undefined;
  const fetchJson = createJsonFetcher({
    ...outbound,
    async send(request) {
      const asked = systemClock.now();
      const answer = await outbound.send(request);
      const date = answer.ok ? Date.parse(answer.value.headers.get("date") ?? "") : Number.NaN;
      // The header was written somewhere between asking and now, and is rounded down.
      if (!Number.isNaN(date)) drift ??= date + 500 - (asked + systemClock.now()) / 2;
      return answer;
    },
  });
  const address = await discoverKeys(config, fetchJson);
  if (!address.ok)
    return [fail(name, address.reason, mendDiscovery(address.reason)), ...clock(config, drift)];
  const found = [good(name, "answers, and is called exactly that"), ...clock(config, drift)];
  return [...found, await checkKeys(config, address.value, fetchJson)];
}

function mendDiscovery(reason: string): string {
  if (reason.includes("trailing slash") || reason.includes("discovery document says"))
    return "write OIDC_ISSUER as the provider does, to the last character";
  if (reason.includes("status"))
    return "is OIDC_ISSUER the issuer (with its realm or tenant), and not the address of its console?";
  return "is the address right, the provider up, and reachable from this machine (DNS, proxy, certificate)?";
}

function clock({ issuer, skewSeconds }: IssuerConfig, drift: number | undefined): readonly Finding[] {
  const name = `clock against ${issuer}`;
  if (drift === undefined) return [];
  const seconds = Math.round(Math.abs(drift) / 1000);
  const words = `this machine is ${seconds} s ${drift > 0 ? "behind" : "ahead"}`;
  const mend = "set the clock of this machine (NTP)";
  if (Math.abs(drift) > skewSeconds * 1000 + 1000)
    return [fail(name, `${words}, and the issuer's skew allows ${skewSeconds} s`, mend)];
  return [Math.abs(drift) > DRIFT_MS ? warn(name, words, mend) : good(name, "agrees")];
}

async function checkKeys(
  { issuer, algorithms }: IssuerConfig,
  url: string,
  fetchJson: FetchJson,
): Promise<Finding> {
  const name = `keys of ${issuer}`;
  const document = await fetchJson(url);
  if (!document.ok) return fail(name, `${url}: ${document.reason}`, "ask the provider's administrator");
  const reading = readJwkSet(document.value, algorithms);
  if (reading === undefined) return fail(name, `${url} is not a JWK Set`, "ask the provider's administrator");
  const { keys, passedOver } = reading;
  const others = passedOver.length === 0 ? "" : ` (passed over: ${[...new Set(passedOver)].join(", ")})`;
  if (keys.length === 0)
    return fail(
      name,
      `none can be used${others}`,
      `does the provider sign by one of ${algorithms.join(", ")}? Else name its algorithm in attach.yaml`,
    );
  return good(name, `${keys.length} can be used${others}`);
}
