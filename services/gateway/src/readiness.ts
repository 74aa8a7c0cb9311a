import type { Trail } from "./audit/trail.ts";
import type { RevocationFeed } from "./core/ports/revocations.ts";
import type { Store } from "./core/ports/store.ts";
import type { Identity } from "./identity/identity.ts";
import type { Memory } from "./memory/memory.ts";
import type { ReadinessCheck } from "./ops/health.ts";

export interface ReadinessOptions {
  readonly store: Store;
  readonly identity: Identity;
  readonly trail: Trail;
  readonly feed: RevocationFeed;
  readonly memory: Memory | null;
}

/** Other processes' revocations arrive several times a second: later than this, in milliseconds, something is wrong. */
const LATE_MS = 2_000;

/**
 * An outage of the store stops the authority; providers that cannot be reached only keep new users out, and calls go on while
 * their records wait.
 */
export function readinessChecks({
  store,
  identity,
  trail,
  feed,
  memory,
}: ReadinessOptions): readonly ReadinessCheck[] {
  return [
    {
      name: "store",
      run: () =>
        store.ping().then(
          () => "ok",
          () => "unavailable",
        ),
    },
    { name: "audit", run: async () => (trail.failing ? "degraded" : "ok") },
    ...(memory === null
      ? []
      : [
          {
            name: "memory",
            run: async () => ((await memory.check()) ? "ok" : "degraded"),
          } satisfies ReadinessCheck,
        ]),
    {
      name: "issuers",
      run: async () => (identity.issuerStates().every(({ keys }) => keys === "fresh") ? "ok" : "degraded"),
    },
    {
      name: "revocations",
      run: async () => {
        if (feed.isStale()) return "unavailable";
        return feed.lag() > LATE_MS ? "degraded" : "ok";
      },
    },
  ];
}
