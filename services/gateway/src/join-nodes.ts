import type { Clock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import type { RevocationFeed, Revocations } from "./core/ports/revocations.ts";
import type { ReadinessCheck } from "./ops/health.ts";
import type { RedisConnection } from "./redis/connection.ts";

export interface Nodes {
  /** `null`: no REDIS_URL. */
  readonly redis: RedisConnection | null;
  /** The view of revocations as the feed writes to it: what came from others is not told to them again. */
  readonly heard: Pick<Revocations, "apply">;
  /** From now on others hear at once that something was revoked here, and this node hears of theirs. */
  follow(feed: RevocationFeed): Promise<void>;
  readonly checks: readonly ReadinessCheck[];
  close(): Promise<void>;
}

export interface NodesOptions {
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

/** What joins the nodes of one gateway: Redis, where there is one. It is loaded only then. */
export async function joinNodes(
  url: string | undefined,
  { revocations, clock, log }: NodesOptions,
): Promise<Nodes> {
  if (url === undefined)
    return { redis: null, heard: revocations, follow: async () => {}, checks: [], close: async () => {} };
  const { connectRedis } = await import("./redis/connection.ts");
  const redis = await connectRedis(url, log);
  let hearing = false;
  return {
    redis,
    heard: {
      apply(record) {
        hearing = true;
        revocations.apply(record);
        hearing = false;
      },
    },
    async follow(feed) {
      const { revocationNews } = await import("./redis/revocation-news.ts");
      const news = await revocationNews(redis, feed, uuidv7(clock.now()));
      revocations.onApplied(() => {
        if (!hearing) news.tell();
      });
    },
    checks: [{ name: "redis", run: async () => ((await redis.ping()) ? "ok" : "degraded") }],
    close: () => redis.close(),
  };
}
