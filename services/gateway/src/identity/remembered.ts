import type { Principal } from "../core/principal.ts";

/** Who vouches for a token: the key set it was verified by. */
export interface TrustSource {
  /** Audiences that are ours for tokens of this source. */
  readonly audiences: ReadonlySet<string>;
  /** Does what was verified under `stamp` still stand? False once the key set has changed. No I/O, no promise. */
  vouchesFor(stamp: string | number): boolean;
}

export interface Remembered {
  readonly principal: Principal;
  readonly source: TrustSource;
  /** What `source` knew its keys by when it verified. */
  readonly stamp: string | number;
}

interface Entry extends Remembered {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly bytes: number;
  used: boolean;
  newer: Entry | undefined;
  older: Entry | undefined;
}

/** S10: longest a verification is remembered, in milliseconds. */
const MAX_REMEMBERED_MS = 5 * 60_000;
/** Default bound: some 10,000 tokens of a kilobyte. */
const MAX_BYTES = 32 * 1024 * 1024;
/** What an entry costs besides the strings of its token, which are counted twice: the key, and the claims kept from it. */
const ENTRY_BYTES = 1024;

/**
 * Tokens are looked up by their end and then compared whole: hashing a kilobyte for every request would be one of the
 * dearest steps of the hot path. The end is signature, so no two verified tokens share it but by chance.
 */
const TAIL_LENGTH = 43;

function tail(token: string): string {
  return token.slice(-TAIL_LENGTH);
}

export interface RememberedTokens {
  /** What is remembered of this token, if it may still be used. Synchronous. */
  get(token: string, now: number): Remembered | undefined;
  remember(token: string, verified: Remembered, now: number): void;
  readonly size: number;
  readonly bytes: number;
}

/**
 * Verified tokens by their text (S10). Bounded in bytes and kept by SIEVE: a hit sets one mark and moves nothing, a hand
 * walks from the oldest entry to the newest and takes the first without a mark. One-time tokens thus leave before those in use.
 * Only a verified token gets in, so nobody without one can push others out. Keyed by the whole text: a respelling is a miss.
 */
export function createRememberedTokens(maxBytes: number = MAX_BYTES): RememberedTokens {
  const entries = new Map<string, Entry>();
  let newest: Entry | undefined;
  let oldest: Entry | undefined;
  let hand: Entry | undefined;
  let bytes = 0;

  function remove(entry: Entry): void {
    if (hand === entry) hand = entry.newer;
    if (entry.newer === undefined) newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) oldest = entry.newer;
    else entry.older.newer = entry.newer;
    entries.delete(tail(entry.token));
    bytes -= entry.bytes;
  }

  function evict(now: number): void {
    let at = hand ?? oldest;
    while (at?.used === true && at.until > now) {
      at.used = false;
      at = at.newer ?? oldest;
    }
    hand = at?.newer;
    if (at !== undefined) remove(at);
  }

  return {
    get(token, now) {
      const entry = entries.get(tail(token));
      if (entry === undefined || entry.token !== token) return undefined;
      if (entry.until <= now || !entry.source.vouchesFor(entry.stamp)) {
        remove(entry);
        return undefined;
      }
      entry.used = true;
      return entry;
    },

    remember(token, verified, now) {
      const until = Math.min(verified.principal.expiresAt, now + MAX_REMEMBERED_MS);
      const cost = 2 * token.length + ENTRY_BYTES;
      if (until <= now || cost > maxBytes) return;
      const known = entries.get(tail(token));
      if (known !== undefined) remove(known);
      while (bytes + cost > maxBytes) evict(now);
      // A string cut out of a request's head would keep the whole head alive.
      const key = Buffer.from(token, "latin1").toString("latin1");
      const entry: Entry = {
        ...verified,
        token: key,
        until,
        bytes: cost,
        used: false,
        newer: undefined,
        older: newest,
      };
      if (newest === undefined) oldest = entry;
      else newest.newer = entry;
      newest = entry;
      entries.set(tail(key), entry);
      bytes += cost;
    },

    get size() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
  };
}
