import type { Config } from "../config/config.ts";
import type { Store } from "../core/ports/store.ts";
import type { Call } from "./call.ts";
import type { ToolFlags } from "./tool.ts";
import { toolConfig } from "./tool-config.ts";

/** Opens the store of the configuration (beside a gateway that runs, too), and closes it whatever happens. */
export async function withStore<T>(
  call: Call,
  flags: ToolFlags,
  work: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  const config = toolConfig(call, flags);
  const { openStore } = await import("../store/open.ts");
  const store = await openStore(config.database);
  try {
    return await work(store, config);
  } finally {
    await store.close();
  }
}
