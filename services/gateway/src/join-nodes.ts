import type { Clock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import type { SharedProofs } from "./core/ports/dpop.ts";
import type { RevocationFeed, Revocations } from "./core/ports/revocations.ts";
import type { Store } from "./core/ports/store.ts";
import { createRevocationFeed } from "./identity/revocation-feed.ts";
import { createRevocations } from "./identity/revocations.ts";
import type { ReadinessCheck } from "./ops/health.ts";
import type { RedisConnection } from "./redis/connection.ts";
import type { Siblings } from "./siblings.ts";

/** The processes and nodes of one gateway, as one of them sees the others. */
export interface Nodes {
  /** `null`: no REDIS_URL. */
  readonly redis: RedisConnection | null;
  /** What is revoked, whoever did it. */
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  /** `undefined`: this process is alone, as far as it knows. */
  readonly proofs: SharedProofs | undefined;
  readonly checks: readonly ReadinessCheck[];
  close(): Promise<void>;
}

export interface NodesOptions {
  /** `REDIS_URL`. */
  readonly redis: string | undefined;
  readonly staleAfterMs: number | null;
  readonly siblings: Siblings | undefined;
  readonly store: Pick<Store, "revocationsSince">;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

/**
 * Loads what is revoked and follows what others revoke: by asking the store, which is the truth, and by the news of the primary and of
 * Redis, which is loaded only where it is named.
 */
export async function joinNodes(options: NodesOptions): Promise<Nodes> {
  const { store, siblings, staleAfterMs, clock, log } = options;
  const redis = options.redis === undefined ? null : await connect(options.redis, log);
  const revocations = createRevocations({ clock });
  // One answer, so that nothing falls between what is loaded and what is asked for from then on (S20).
  const { seq: since, records } = await store.revocationsSince(0);
  const now = clock.now();
  for (const record of records) if (record.until >= now) revocations.apply(record);
  // What came from others is not told to them again.
  let hearing = false;
  const heard: Pick<Revocations, "apply"> = {
    apply(record) {
      hearing = true;
      revocations.apply(record);
      hearing = false;
    },
  };
  const feed = createRevocationFeed({ source: store, revocations: heard, since, staleAfterMs, log });
  const news = redis === null ? undefined : await newsOf(redis, feed, uuidv7(clock.now()));
  siblings?.onRevoked(() => void feed.catchUp());
  if (news !== undefined || siblings !== undefined)
    revocations.onApplied(() => {
      if (hearing) return;
      siblings?.tellRevoked();
      news?.tell();
    });
  return {
    redis,
    revocations,
    feed,
    proofs: redis === null ? siblings?.proofs : await proofsOf(redis, clock),
    checks:
      redis === null ? [] : [{ name: "redis", run: async () => ((await redis.ping()) ? "ok" : "degraded") }],
    async close() {
      await redis?.close();
    },
  };
}

async function connect(url: string, log: NodesOptions["log"]): Promise<RedisConnection> {
  const { connectRedis } = await import("./redis/connection.ts");
  return connectRedis(url, log);
}

async function proofsOf(redis: RedisConnection, clock: Clock): Promise<SharedProofs> {
  const { redisProofs } = await import("./redis/shared-proofs.ts");
  return redisProofs(redis, clock);
}

async function newsOf(redis: RedisConnection, feed: RevocationFeed, self: string) {
  const { revocationNews } = await import("./redis/revocation-news.ts");
  return revocationNews(redis, feed, self);
}
