import type { Clock } from "../../core/clock.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { IssuerKey } from "./jwk.ts";

/** All in milliseconds. */
export const KEY_TIMES = {
  /** Past this a use asks for the set again, in the background. How long a withdrawn key may go on. */
  fresh: 5 * 60_000,
  /** How long the last set is good while the issuer cannot be reached. */
  stale: 24 * 60 * 60_000,
  /** Least time between two fetches that unknown `kid`s ask for, and after one that failed. */
  interval: 10_000,
  /** The same after a failure while there is no key at all: issuer and gateway often start together. */
  firstInterval: 1_000,
} as const;

export interface WantedKey {
  readonly kid: string | undefined;
  readonly alg: string;
}

export type KeyRefusal = "unknown_key" | "unsupported_algorithm" | "issuer_unavailable";

/** A key, and the generation of the set it was found in. */
export interface FoundKey {
  readonly key: IssuerKey;
  readonly generation: number;
}

export interface KeySet {
  find(wanted: WantedKey): Promise<Result<FoundKey, KeyRefusal>>;
  /** Is this the generation that holds now? Asks for a fresh set in the background when one is due. Synchronous. */
  isCurrent(generation: number): boolean;
  /** Fetches now. Never rejects. */
  refresh(): Promise<void>;
  /** `stale`: the last fetch failed and the keys before it are still good. `none`: nothing can be verified. */
  state(): "fresh" | "stale" | "none";
}

export interface KeySetOptions {
  readonly clock: Clock;
  /** Fetches and filters the keys; a refusal has been logged by then. */
  readonly load: () => Promise<readonly IssuerKey[] | undefined>;
}

/** An issuer's keys in memory: read once, renewed behind the requests, and asked for again (rarely) for a `kid` not seen yet. */
export function createKeySet({ clock, load }: KeySetOptions): KeySet {
  let keys: readonly IssuerKey[] = [];
  let generation = 0;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let nextAskedFor = Number.NEGATIVE_INFINITY;
  let retryAt = Number.NEGATIVE_INFINITY;
  let isReachable = true;
  let fetching: Promise<void> | undefined;

  const age = () => clock.now() - loadedAt;

  /** One fetch at a time: whoever comes meanwhile waits for the same one. */
  function refresh(): Promise<void> {
    fetching ??= fetchOnce().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function fetchOnce(): Promise<void> {
    const loaded = await load().catch(() => undefined);
    isReachable = loaded !== undefined;
    if (loaded === undefined) {
      retryAt = clock.now() + (age() < KEY_TIMES.stale ? KEY_TIMES.interval : KEY_TIMES.firstInterval);
      return;
    }
    // A set that says the same keeps its generation, and with it every remembered verification.
    if (fingerprint(loaded) !== fingerprint(keys)) {
      keys = loaded;
      generation++;
    }
    loadedAt = clock.now();
  }

  function refreshIfDue(): void {
    if (age() >= KEY_TIMES.fresh && clock.now() >= retryAt) void refresh();
  }

  /**
   * A new `kid` is how a rotation shows. Anybody can make one up, so however many come, one fetch an interval answers them all.
   */
  async function askAgain(): Promise<void> {
    const now = clock.now();
    if (fetching === undefined && (now < retryAt || now < nextAskedFor)) return;
    // The first set of all is not asked for by a `kid`.
    if (fetching === undefined && age() < KEY_TIMES.stale) nextAskedFor = now + KEY_TIMES.interval;
    await refresh();
  }

  async function find(wanted: WantedKey): Promise<Result<FoundKey, KeyRefusal>> {
    if (age() < KEY_TIMES.stale) {
      const found = select(keys, wanted);
      if (found !== "unknown_key") {
        refreshIfDue();
        return answer(found);
      }
    }
    await askAgain();
    if (age() >= KEY_TIMES.stale) return refuse("issuer_unavailable");
    const found = select(keys, wanted);
    return found === "unknown_key" && !isReachable ? refuse("issuer_unavailable") : answer(found);
  }

  function answer(found: IssuerKey | KeyRefusal): Result<FoundKey, KeyRefusal> {
    return typeof found === "string" ? refuse(found) : ok({ key: found, generation });
  }

  return {
    find,
    refresh,
    isCurrent(one) {
      refreshIfDue();
      return one === generation && age() < KEY_TIMES.stale;
    },
    state() {
      refreshIfDue();
      if (age() >= KEY_TIMES.stale) return "none";
      return isReachable ? "fresh" : "stale";
    },
  };
}

/** The key a token names; a token that names none is given one only where there is no choice. */
function select(keys: readonly IssuerKey[], { kid, alg }: WantedKey): IssuerKey | KeyRefusal {
  if (kid !== undefined) {
    const key = keys.find((one) => one.kid === kid);
    if (key === undefined) return "unknown_key";
    return key.algorithms.has(alg) ? key : "unsupported_algorithm";
  }
  const [only, ...others] = keys.filter((key) => key.algorithms.has(alg));
  return only === undefined || others.length > 0 ? "unknown_key" : only;
}

/** The set as text: same keys, same pins, same text. */
function fingerprint(keys: readonly IssuerKey[]): string {
  const lines = keys.map(({ kid, algorithms, publicKey }) =>
    JSON.stringify([kid ?? null, [...algorithms], publicKey.export({ format: "jwk" })]),
  );
  return lines.sort().join("\n");
}
