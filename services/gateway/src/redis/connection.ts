import type { RedisClientType } from "@redis/client";

/** What a room needs of Redis; the library stands behind it. */
export interface RedisConnection {
  /** Runs a script of ours, sent once and known by its hash from then on. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Takes a key that nobody has, for so long. @returns false where somebody has it */
  claim(key: string, milliseconds: number): Promise<boolean>;
  publish(channel: string, message: string): Promise<void>;
  /** On a connection of its own; subscribes again after every reconnect. `onGap` is called then: news may have been missed. */
  subscribe(channel: string, onMessage: (message: string) => void, onGap: () => void): Promise<void>;
  /** Is there an answer, within a second? */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Script {
  readonly source: string;
  readonly sha1: string;
}

export interface RedisLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Longest that a call waits for Redis, in milliseconds: it is near, or it is gone. */
const ANSWER_MS = 500;
const CONNECT_MS = 2_000;
/** Longest between two attempts to reach it again. */
const RETRY_MS = 1_000;

/**
 * Connects, and keeps trying for as long as the process runs: a gateway starts and serves without Redis as its settings say. What is
 * asked while there is no connection is refused at once and not kept.
 */
export async function connectRedis(url: string, log: RedisLog): Promise<RedisConnection> {
  const { createClient } = await import("@redis/client");
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    commandOptions: { timeout: ANSWER_MS },
    pingInterval: 5_000,
    socket: {
      connectTimeout: CONNECT_MS,
      noDelay: true,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 6), RETRY_MS) + Math.random() * 50,
    },
  }) as unknown as RedisClientType;
  let reported = false;
  client.on("error", (error: Error) => {
    // Never the address: it holds the password.
    if (!reported) log.warn({ reason: codeOf(error) }, "Redis cannot be reached");
    reported = true;
  });
  client.on("ready", () => {
    if (reported) log.info({}, "Redis can be reached again");
    reported = false;
  });
  const connecting = client.connect().catch(() => {});
  await Promise.race([connecting, new Promise((wake) => setTimeout(wake, CONNECT_MS).unref())]);
  const subscribers: RedisClientType[] = [];

  return {
    async run(script, keys, args) {
      const options = { keys: [...keys], arguments: [...args] };
      try {
        return await client.evalSha(script.sha1, options);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
        return client.eval(script.source, options);
      }
    },
    async claim(key, milliseconds) {
      const answer = await client.set(key, "1", {
        condition: "NX",
        expiration: { type: "PX", value: Math.max(1, milliseconds) },
      });
      return answer === "OK";
    },
    async publish(channel, message) {
      await client.publish(channel, message);
    },
    async subscribe(channel, onMessage, onGap) {
      const subscriber = client.duplicate() as unknown as RedisClientType;
      subscribers.push(subscriber);
      subscriber.on("error", () => {});
      subscriber.on("ready", onGap);
      const subscribing = subscriber
        .connect()
        .then(() => subscriber.subscribe(channel, onMessage))
        .catch(() => {});
      await Promise.race([subscribing, new Promise((wake) => setTimeout(wake, CONNECT_MS).unref())]);
    },
    async ping() {
      return client.ping().then(
        () => true,
        () => false,
      );
    },
    async close() {
      for (const one of [client, ...subscribers]) one.destroy();
    },
  };
}

function codeOf(error: Error & { readonly code?: string }): string {
  return error.code ?? error.name;
}
