import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { Era } from "../calls/operations.ts";
import type { Cards } from "../card/cards.ts";
import { agentBase } from "../card/place.ts";
import { createPublisher, type PublishOptions } from "../card/publish.ts";
import { usualEra } from "../card/rewrite.ts";
import type { Directory } from "../directory.ts";

export interface CardRoutesOptions extends PublishOptions {
  readonly cards: Cards;
  readonly directory: Directory;
  /** Whose card stands at the root; `null`: nobody's. */
  readonly defaultAgent: string | null;
}

/** How long a client may go by a card, in seconds. */
const FRESH_SECONDS = 60;

/** The agents' public cards, at our addresses. */
export const cardRoutes: FastifyPluginAsync<CardRoutesOptions> = async (app, options) => {
  const publish = createPublisher(options);

  async function send(request: FastifyRequest, reply: FastifyReply, asked: { id: string | null; era?: Era }) {
    const agent = asked.id === null ? undefined : await options.directory.find(asked.id);
    if (agent === undefined) throw new GatewayError("not_found", "there is no such agent");
    const found = await options.cards.find(agent);
    if (!found.ok) throw found.reason;
    const era = asked.era ?? eraOf(request) ?? usualEra(found.value);
    const card = publish(found.value, agentBase(options.publicUrl, agent.id), era);
    reply
      .header("ETag", card.etag)
      .header("Last-Modified", card.lastModified)
      .header("Cache-Control", `public, max-age=${FRESH_SECONDS}`)
      .header("Vary", "A2A-Version");
    if (isKnown(request.headers["if-none-match"], card.etag)) return reply.code(304).send();
    return reply.type("application/json").send(card.body);
  }

  const own = (request: FastifyRequest) => (request.params as { readonly agent: string }).agent;
  app.get("/a2a/agents/:agent/.well-known/agent-card.json", (request, reply) =>
    send(request, reply, { id: own(request) }),
  );
  app.get("/a2a/agents/:agent/.well-known/agent.json", (request, reply) =>
    send(request, reply, { id: own(request), era: "0.3" }),
  );
  app.get("/.well-known/agent-card.json", (request, reply) =>
    send(request, reply, { id: options.defaultAgent }),
  );
  app.get("/.well-known/agent.json", (request, reply) =>
    send(request, reply, { id: options.defaultAgent, era: "0.3" }),
  );
};

/** What a client says that it reads; `undefined`: nothing. */
function eraOf({ headers }: FastifyRequest): Era | undefined {
  const version = headers["a2a-version"];
  if (typeof version !== "string" || version === "") return undefined;
  return version.startsWith("0.") ? "0.3" : "1.0";
}

function isKnown(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  return asked === "*" || asked.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}
