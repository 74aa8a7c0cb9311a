import type { Clock } from "./core/clock.ts";
import type { Store } from "./core/ports/store.ts";
import type { Logger } from "./observability/logger.ts";
import { type PolicyChange, policyChanged } from "./policy/change.ts";

/** Not awaited by anything that decides: the files have changed, whether or not that can be written down. */
export function recordPolicyChange(
  change: PolicyChange,
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
): void {
  store.trail.append([policyChanged(change, clock.now())]).catch((err: unknown) => {
    log.error({ err }, "a change of policies could not be recorded");
  });
}
