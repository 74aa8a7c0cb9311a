import type { MemoryConfig } from "./config/memory-config.ts";
import type { Clock } from "./core/clock.ts";
import type { Keyring } from "./core/keyring.ts";
import type { Store } from "./core/ports/store.ts";
import { createMemory, type Memory } from "./memory/memory.ts";
import type { Logger } from "./observability/logger.ts";

/** Memory on the backend that the configuration names; `null` where nothing is to be remembered. */
export function openMemory(
  config: MemoryConfig,
  { store, ...parts }: { store: Store; keyring: Keyring; clock: Clock; log: Logger },
): Memory | null {
  if (config.backend === "none") return null;
  return createMemory({ ...config, ...parts, store: store.memory, spool: store.spool, trail: store.trail });
}
