import type { FastifyPluginAsync } from "fastify";
import { createCards } from "./card/cards.ts";
import { createDirectory } from "./directory.ts";
import type { A2aOptions } from "./options.ts";
import { createOwnership } from "./ownership.ts";
import { createDelivery } from "./push/delivery.ts";
import { createPushRelay } from "./push/relay.ts";
import type { Webhooks } from "./push/webhooks.ts";
import { callRoutes } from "./routes/calls.ts";
import { cardRoutes } from "./routes/cards.ts";
import { listRoutes } from "./routes/list.ts";
import { pushRoutes } from "./routes/push.ts";

export interface A2aRoutesOptions extends A2aOptions {
  readonly webhooks: Webhooks;
  /** Encrypts what webhooks are shown (S13). */
  readonly seal: (id: string, text: string) => string;
  readonly open: (id: string, sealed: string) => string;
  /** The agent whose card stands at the root; `null`: nobody's. */
  readonly defaultAgent: string | null;
}

/** A2A (`/a2a/agents…`, `/a2a/push/:id`, the cards): registered agents behind verified identity. */
export const a2aRoutes: FastifyPluginAsync<A2aRoutesOptions> = async (app, options) => {
  const { clock, store, log, webhooks, publicUrl } = options;
  const directory = createDirectory({ findAgent: store.findAgent, clock });
  const cards = createCards({ outboundFor: options.outboundFor, clock, log });
  const ownership = createOwnership({ store: store.a2a, clock });
  const delivery = createDelivery({ outbound: webhooks.outbound, log });
  const sealed = { store: store.a2a, open: options.open };
  const pushes = createPushRelay({ ...sealed, webhooks, seal: options.seal, publicUrl, clock });
  const { keys, defaultAgent } = options;
  await app.register(cardRoutes, { cards, directory, keys, publicUrl, clock, defaultAgent });
  await app.register(callRoutes, { tools: { ...options, cards, ownership, pushes }, directory });
  await app.register(pushRoutes, { ...sealed, ownership, delivery });
  await app.register(listRoutes, options);
  app.addHook("onClose", async () => delivery.close());
};
