import type { Clock } from "../../core/clock.ts";
import type { Revocations } from "../../core/ports/revocations.ts";
import type { Store } from "../../core/ports/store.ts";

/** What managing agents needs, also without a server. */
export interface RegistryOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly revocations: Pick<Revocations, "apply">;
  /** The subkeys for client secrets, newest first: the first one hashes. */
  readonly clientSecretKeys: readonly Buffer[];
  readonly publicUrl: string;
  /** How many a user may have; absent: any number. */
  readonly most?: { readonly agents: number; readonly grants: number };
}
