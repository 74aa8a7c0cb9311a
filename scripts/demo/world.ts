import { type DevIssuer, startDevIssuer } from "@attach-dev/dev-issuer";
import { type Engine, startEngine } from "./engine.ts";
import { freePort, type RunningGateway, startGateway } from "./gateway.ts";
import type { DemoOptions } from "./options.ts";

/** Everything the story needs, running. */
export interface World {
  readonly issuer: DevIssuer;
  readonly gateway: RunningGateway;
  readonly engine: Engine;
  readonly model: string;
  /** Stops what was started, the last first. */
  close(): Promise<void>;
}

/** Starts an identity provider, an engine and the gateway between them. What was started is stopped again if one fails. */
export async function startWorld(options: DemoOptions): Promise<World> {
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    started.push(part);
    return part;
  };
  try {
    const engine = keep(await startEngine(options));
    // Left running, it had better be where the SDK looks for it.
    const port = await freePort(options.serve ? 8080 : 0);
    const issuer = keep(await startDevIssuer({ audience: `http://localhost:${port}` }));
    const gateway = keep(await startGateway({ port, issuer: issuer.issuer, engine: engine.url }));
    return { issuer, gateway, engine, model: options.model, close };
  } catch (error) {
    await close();
    throw error;
  }
}
