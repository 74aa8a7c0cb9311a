import type { RevocationFeed } from "../core/ports/revocations.ts";
import type { RedisConnection } from "./connection.ts";

export interface RevocationNews {
  /** Something was revoked here, and stands in the store: the others should look now. */
  tell(): void;
}

const CHANNEL = "attach:revocations";

/**
 * News that something was revoked, within milliseconds. Only that there is news travels: what was revoked is read from the store, so
 * that whoever can write to Redis can revoke nothing and hide nothing, and what is missed is found by the next question to the store.
 */
export async function revocationNews(
  redis: Pick<RedisConnection, "publish" | "subscribe">,
  feed: Pick<RevocationFeed, "catchUp">,
  self: string,
): Promise<RevocationNews> {
  const look = () => void feed.catchUp();
  await redis.subscribe(CHANNEL, (from) => from !== self && look(), look);
  return {
    tell: () => void redis.publish(CHANNEL, self).catch(() => {}),
  };
}
