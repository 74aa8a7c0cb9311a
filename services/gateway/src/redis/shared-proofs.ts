import { hash } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { SharedProofs } from "../core/ports/dpop.ts";
import type { RedisConnection } from "./connection.ts";

/** How much longer a used proof is kept than it is good, in milliseconds: other nodes' clocks differ. */
const KEPT_LONGER_MS = 60_000;

/** DPoP proofs that any node has accepted (S11): one key each, until it ends. */
export function redisProofs(redis: Pick<RedisConnection, "claim">, clock: Clock): SharedProofs {
  return {
    async use({ jkt, jti, until }) {
      const key = `attach:proof:${hash("sha256", JSON.stringify([jkt, jti]), "base64url")}`;
      return (await redis.claim(key, until - clock.now() + KEPT_LONGER_MS)) ? "first" : "repeated";
    },
  };
}
