import { parseObject, readText } from "../bounded-body.ts";
import { AttachError } from "../errors.ts";
import { importPublicJwk, type PublicKey } from "./public-key.ts";

export interface KeySetOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
}

/** How long a set is gone by before it is asked for again; the gateway publishes a key for longer before it signs. Milliseconds. */
const FRESH_MS = 300_000;
/** An unknown key may be a new one, so the set is asked for; but strangers cannot make us ask more often than this. */
const PAUSE_MS = 30_000;
/** Nothing was ever had: whoever starts beside its gateway soon gets it. */
const FIRST_PAUSE_MS = 1_000;
/** How long keys are gone by while the issuer cannot be reached. */
const STALE_MS = 3_600_000;
const TIMEOUT_MS = 5_000;
const MAX_KEYS = 32;

/** An issuer's published keys, remembered. */
export class KeySet {
  readonly #url: string;
  #keys: ReadonlyMap<string, PublicKey> = new Map();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws AttachError where no set could be had: `network_error`, `timeout`, `invalid_response` */
  async find(kid: string, options: KeySetOptions): Promise<PublicKey | undefined> {
    const now = options.now();
    const age = Math.abs(now - this.#fetchedAt);
    const isDue = age >= FRESH_MS || !this.#keys.has(kid);
    const pause = this.#keys.size === 0 ? FIRST_PAUSE_MS : PAUSE_MS;
    if (isDue && this.#pending === undefined && Math.abs(now - this.#triedAt) >= pause) {
      this.#triedAt = now;
      this.#pending = this.#refresh(options).finally(() => {
        this.#pending = undefined;
      });
    }
    if (isDue && this.#pending !== undefined) {
      await this.#pending.catch((error: unknown) => {
        if (age >= STALE_MS) throw error;
      });
    }
    if (Math.abs(now - this.#fetchedAt) >= STALE_MS) {
      throw new AttachError("network_error", "the keys of the issuer could not be fetched");
    }
    return this.#keys.get(kid);
  }

  async #refresh({ fetch, now }: KeySetOptions): Promise<void> {
    this.#keys = await fetchKeys(this.#url, fetch);
    this.#fetchedAt = now();
  }
}

async function fetchKeys(
  url: string,
  fetch: typeof globalThis.fetch,
): Promise<ReadonlyMap<string, PublicKey>> {
  let body: ReadonlyMap<string, unknown> | undefined;
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = response.status === 200 ? parseObject(await readText(response)) : undefined;
  } catch (cause) {
    if (cause instanceof AttachError) throw cause;
    const code = cause instanceof Error && cause.name === "TimeoutError" ? "timeout" : "network_error";
    throw new AttachError(code, "the keys of the issuer could not be fetched", { cause });
  }
  const list = body?.get("keys");
  if (!Array.isArray(list)) {
    throw new AttachError("invalid_response", "the issuer's address gives no JWK Set");
  }
  const keys = new Map<string, PublicKey>();
  for (const jwk of list.slice(0, MAX_KEYS)) {
    const kid: unknown = jwk?.kid;
    const key = await importPublicJwk(jwk);
    // Two keys of one name: the first counts, whatever was put behind it.
    if (typeof kid === "string" && key !== undefined && !keys.has(kid)) keys.set(kid, key);
  }
  return keys;
}

const MAX_ISSUERS = 20;
const sets = new Map<string, KeySet>();

/** The set at this address, one for the whole program. */
export function keySetAt(url: string): KeySet {
  const set = sets.get(url) ?? new KeySet(url);
  sets.delete(url);
  sets.set(url, set);
  for (const oldest of sets.keys()) {
    if (sets.size <= MAX_ISSUERS) break;
    sets.delete(oldest);
  }
  return set;
}
