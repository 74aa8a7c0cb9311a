import pino, { type DestinationStream, type Logger } from "pino";

export type { Logger };

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** How long a line may wait before it is written, in milliseconds: lines leave in batches, off the request's path. */
const FLUSH_INTERVAL_MS = 100;
const BATCH_BYTES = 4096;

/** Names that never appear in a line with their value, at the two depths our fields have. */
const SECRET_NAMES = [
  "authorization",
  "cookie",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "subject_token",
  "actor_token",
  "client_secret",
  "client_assertion",
  "secret",
  "password",
  "apiKey",
];

/** Anything that looks like a JWT, wherever it got into a line: the last net under the rule never to log one. */
const JWT_SHAPE = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g;

export interface AppLogger {
  readonly log: Logger;
  /** Writes what is waiting. */
  flush(): void;
  close(): void;
}

/** JSON lines on standard output, or on `stream`. Headers, bodies and query strings are never given to it. */
export function createLogger(level: LogLevel, stream?: DestinationStream): AppLogger {
  const batched =
    stream === undefined ? pino.destination({ dest: 1, sync: false, minLength: BATCH_BYTES }) : undefined;
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
      hooks: {
        streamWrite: (line) => (line.includes("eyJ") ? line.replace(JWT_SHAPE, "[redacted jwt]") : line),
      },
    },
    stream ?? batched ?? process.stdout,
  );
  const timer = batched && setInterval(() => batched.flush(), FLUSH_INTERVAL_MS).unref();
  const flush = () => {
    try {
      batched?.flushSync();
    } catch {
      // Not open yet, or already gone: there is nobody left to tell.
    }
  };
  return {
    log,
    flush,
    close() {
      clearInterval(timer);
      flush();
    },
  };
}
