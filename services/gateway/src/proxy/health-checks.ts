import type { Dispatcher } from "undici";
import type { UpstreamState } from "../core/ports/upstreams.ts";
import type { Upstream } from "./upstream.ts";

/** How long an upstream may take to answer a health check, in milliseconds. */
const WITHIN_MS = 1_500;
/** How often is looked who is due. */
const TICK_MS = 1_000;

export interface HealthChecks {
  /** Asks one now. Resolves to whether it gave a sign of life. */
  check(upstream: Upstream): Promise<boolean>;
  states(): readonly UpstreamState[];
  close(): void;
}

/**
 * Asks upstreams for a sign of life: at their interval, and every second while they are avoided. Any answer but a 5xx is one.
 * What they say changes who is asked first, and lets one that is avoided be tried; requests alone decide who is avoided.
 */
export function startHealthChecks(upstreams: readonly Upstream[]): HealthChecks {
  const running = new Map<Upstream, Promise<boolean>>();
  const checkedAt = new Map<Upstream, number>();

  function check(upstream: Upstream): Promise<boolean> {
    const known = running.get(upstream);
    if (known !== undefined) return known;
    const asked = ask(upstream).then((alive) => {
      running.delete(upstream);
      upstream.healthy = alive;
      if (alive) upstream.breaker.tryNow();
      return alive;
    });
    running.set(upstream, asked);
    checkedAt.set(upstream, performance.now());
    return asked;
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (const upstream of upstreams) {
      const { everyMs } = upstream.health;
      const isDue = everyMs > 0 && now - (checkedAt.get(upstream) ?? Number.NEGATIVE_INFINITY) >= everyMs;
      if (isDue || upstream.breaker.state === "open") void check(upstream);
    }
  }, TICK_MS);
  timer.unref();

  return {
    check,
    states: () =>
      upstreams.map(({ name, breaker, healthy, active }) => ({
        name,
        breaker: breaker.state,
        healthy,
        active,
      })),
    close: () => clearInterval(timer),
  };
}

/** One GET of its health path, with our credential and without a caller. */
function ask(upstream: Upstream): Promise<boolean> {
  // All its connections are in use: it is alive, or its requests will tell.
  if (upstream.active >= upstream.connections) return Promise.resolve(upstream.breaker.state === "closed");
  const connection = upstream.pool.take();
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null;
    let status = 0;
    let bytes = 0;
    let over = false;
    const finish = (alive: boolean): void => {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      upstream.pool.giveBack(connection);
      controller?.abort(DONE);
      resolve(alive);
    };
    const deadline = setTimeout(() => finish(false), WITHIN_MS);
    const headers = upstream.writeHeaders([], [], { method: "GET" });
    const path = upstream.basePath + upstream.health.path;
    connection.dispatch(
      { method: "GET", path, headers, body: null },
      {
        onRequestStart(started) {
          controller = started;
          if (over) started.abort(DONE);
        },
        onResponseStart(_controller, code) {
          status = code;
        },
        onResponseData(_controller, piece) {
          bytes += piece.length;
          // A model list may be long.
          if (bytes > MAX_BYTES) finish(status < 500);
        },
        onResponseEnd() {
          controller = null;
          finish(status < 500);
        },
        onResponseError() {
          controller = null;
          finish(false);
        },
      },
    );
  });
}

/** More of an answer than this is not read. */
const MAX_BYTES = 64 * 1024;
const DONE = new Error("the health check is over");
