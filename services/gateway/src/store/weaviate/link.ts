import type { Collection, WeaviateClient } from "weaviate-client";
import { RemoteUnavailable } from "../remote/remote.ts";
import { ensureSchema, type NamedVector } from "./schema.ts";

export interface LinkOptions {
  readonly url: string;
  /** `host:port`, with `https://` before it where it is encrypted. */
  readonly grpcUrl: string;
  readonly apiKey?: string | undefined;
  readonly vector: NamedVector | null;
}

/** The connection to Weaviate: made by the first call, made anew after it broke. */
export interface Link {
  /** @param limitMs a question's, where it is not said. @throws RemoteUnavailable */
  use<T>(work: (collection: Collection) => Promise<T>, limitMs?: number): Promise<T>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Seconds. A write of a large batch takes longer than any question. */
const TIMEOUT = { init: 3, query: 4, insert: 30 };
/** After it did not answer it is not asked again for so long, in milliseconds: nobody waits for the same time-out twice. */
const REST_MS = 1_000;
/** What is under way on a connection that is given up may still end well. */
const LINGER_MS = 30_000;
const BROKEN =
  /UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|UNAUTHENTICATED|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|fetch failed|socket|timed? ?out|abort/i;
const QUESTION_MS = 2_500;
const NO_TENANT = /tenant not found/i;

interface Connected {
  readonly client: WeaviateClient;
  readonly collection: Collection;
}

export function createLink(options: LinkOptions): Link {
  let current: Promise<Connected> | undefined;
  let downUntil = 0;
  let cause: unknown;

  function connected(): Promise<Connected> {
    if (current !== undefined) return current;
    const attempt = connect(options);
    current = attempt;
    attempt.catch((error: unknown) => giveUp(attempt, error));
    return attempt;
  }

  function giveUp(broken: Promise<Connected>, error: unknown): void {
    if (current !== broken) return;
    current = undefined;
    cause = error;
    downUntil = performance.now() + REST_MS;
    broken.then(
      ({ client }) => setTimeout(() => void client.close().catch(() => {}), LINGER_MS).unref(),
      () => {},
    );
  }

  return {
    async use(work, limitMs = QUESTION_MS) {
      if (performance.now() < downUntil) throw new RemoteUnavailable(cause);
      const link = connected();
      try {
        // The library tries five times, for many seconds, when a server is gone: nobody should wait for that.
        return await within(
          link.then(({ collection }) => work(collection)),
          limitMs,
        );
      } catch (error) {
        if (isMissingTenant(error)) throw error;
        // A new connection finds at once what an old one would wait for: gRPC backs off for minutes.
        if (BROKEN.test(messageOf(error))) giveUp(link, error);
        throw new RemoteUnavailable(error);
      }
    },
    async ping() {
      if (performance.now() < downUntil) return false;
      const link = connected();
      try {
        const { client } = await link;
        if (await client.isReady()) return true;
        throw new Error("it is not ready");
      } catch (error) {
        giveUp(link, error);
        return false;
      }
    },
    async close() {
      downUntil = Number.POSITIVE_INFINITY;
      const link = current;
      current = undefined;
      await link?.then(
        ({ client }) => client.close(),
        () => {},
      );
    },
  };
}

/** A user of whom nothing is there yet: to Weaviate that is an error. */
export const isMissingTenant = (error: unknown): boolean => NO_TENANT.test(messageOf(error));

async function within<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function connect({ url, grpcUrl, apiKey, vector }: LinkOptions): Promise<Connected> {
  // Eleven packages and 40 MB: for those alone who have a Weaviate.
  const { default: weaviate, ApiKey } = await import("weaviate-client");
  const http = new URL(url);
  const grpc = new URL(/^[a-z]+:\/\//.test(grpcUrl) ? grpcUrl : `http://${grpcUrl}`);
  const client = await weaviate.connectToCustom({
    httpHost: http.hostname,
    httpPort: portOf(http),
    httpSecure: http.protocol === "https:",
    ...(http.pathname === "/" ? {} : { httpPath: http.pathname.replace(/\/$/, "") }),
    grpcHost: grpc.hostname,
    grpcPort: portOf(grpc),
    grpcSecure: grpc.protocol === "https:",
    ...(apiKey === undefined ? {} : { authCredentials: new ApiKey(apiKey) }),
    timeout: TIMEOUT,
    skipInitChecks: true,
  });
  return { client, collection: await ensureSchema(client, vector) };
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === "https:" ? 443 : 80));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
