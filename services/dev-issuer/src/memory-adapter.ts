import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

interface Entry {
  readonly payload: AdapterPayload;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * What the use of a refresh token ends: those it came of, and others that came of the same one. Not itself yet: it stays good until
 * its own successor is used, so that an answer that was lost on the way ends no session. Whatever is used after its end is a
 * stolen copy's, or its victim's, and the provider revokes the family then (RFC 9700 §4.14.2).
 */
function overBy(used: AdapterPayload, refreshTokens: readonly AdapterPayload[]): readonly AdapterPayload[] {
  const age = ({ rotations }: AdapterPayload) => Number(rotations ?? 0);
  return refreshTokens.filter(
    (one) => one !== used && one.grantId === used.grantId && one.iiat === used.iiat && age(one) <= age(used),
  );
}

/** Most records kept: the oldest go first, so that a client in a loop cannot fill the memory. */
const MOST_RECORDS = 20_000;

/**
 * Sessions, grants, codes and tokens in one bounded map. Our own rather than the library's, because it outlives the
 * `Provider` object: keys rotate by making a new one (see `start.ts`), and nobody is signed out by that.
 */
export function createMemoryAdapter(now: () => number = Date.now): AdapterFactory {
  const entries = new Map<string, Entry>();

  const read = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > now()) return entry.payload;
    entries.delete(key);
    return undefined;
  };

  const write = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= MOST_RECORDS) break;
      entries.delete(oldest);
    }
  };

  /** Look-ups by anything but the id are rare and the map is small: a scan needs no index that could go stale. */
  const findWhere = (model: string, matches: (payload: AdapterPayload) => boolean) => {
    for (const key of entries.keys()) {
      if (!key.startsWith(`${model}:`)) continue;
      const payload = read(key);
      if (payload !== undefined && matches(payload)) return payload;
    }
    return undefined;
  };

  return (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      const until = expiresIn === undefined ? Number.POSITIVE_INFINITY : now() + expiresIn * 1000;
      write(`${model}:${id}`, { payload, until });
    },
    async find(id) {
      return read(`${model}:${id}`);
    },
    async findByUid(uid) {
      return findWhere(model, (payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return findWhere(model, (payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const payload = read(`${model}:${id}`);
      if (payload === undefined) return;
      const over =
        model === "RefreshToken"
          ? overBy(
              payload,
              [...entries]
                .filter(([key]) => key.startsWith("RefreshToken:"))
                .map(([, entry]) => entry.payload),
            )
          : [payload];
      for (const one of over) one.consumed ??= Math.floor(now() / 1000);
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, entry] of entries) {
        if (key.startsWith(`${model}:`) && entry.payload.grantId === grantId) entries.delete(key);
      }
    },
  });
}
