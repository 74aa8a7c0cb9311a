import type { Config } from "../config/config.ts";
import { giveBackMemory } from "../core/give-back-memory.ts";
import type { Siblings } from "../siblings.ts";

export interface RunningGateway {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Builds the gateway and listens. It is loaded only here, so that `--help` and a wrong configuration answer at once.
 * @throws whatever kept it from starting; nothing is left running then
 */
export async function startGateway(config: Config, siblings?: Siblings): Promise<RunningGateway> {
  const { buildApp } = await import("../app.ts");
  const app = await buildApp(config, siblings === undefined ? {} : { siblings });
  try {
    const { url } = await app.listen();
    giveBackMemory();
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}
