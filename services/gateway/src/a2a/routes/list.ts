import { actorChain } from "@attach-dev/protocol";
import type { FastifyPluginAsync, preHandlerHookHandler } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { protect } from "../../http/authenticate.ts";
import { authorize } from "../../http/authorize.ts";
import { decorateCall } from "../../http/call-event.ts";
import { agentBase } from "../card/place.ts";
import { isCallable } from "../directory.ts";
import type { A2aOptions } from "../options.ts";

const PAGE = 100;

/** `GET /a2a/agents`: which agents the caller may call, in pages: `{items, next}`. */
export const listRoutes: FastifyPluginAsync<A2aOptions> = async (app, options) => {
  protect(app, options);
  decorateCall(app);
  app.get(
    "/a2a/agents",
    { preHandler: authorize(() => "a2a:read", options) as preHandlerHookHandler },
    async (request, reply) => {
      const { cursor } = request.query as { readonly cursor?: unknown };
      if (cursor !== undefined && (typeof cursor !== "string" || cursor === "" || cursor.length > 512))
        throw new GatewayError("bad_request", "cursor is what an earlier page said");
      const page = await options.store.listAgents({ owner: null, cursor: cursor ?? null, limit: PAGE });
      const { principal } = request;
      const caller = principal.kind === "agent" ? await options.store.findAgent(principal.agent) : undefined;
      const chain = principal.kind === "agent" ? actorChain(principal.act) : [];
      const items = page.items
        .filter((agent) => isCallable(agent) && mayHandTo(caller, agent) && !chain.includes(agent.id))
        .map(({ id, name }) => ({
          id,
          name,
          card: `${agentBase(options.publicUrl, id)}/.well-known/agent-card.json`,
        }));
      reply.header("Cache-Control", "no-store");
      return { items, next: page.next };
    },
  );
};

/** Whom an agent may hand on to, where its record says so; the token endpoint's own rules hold either way. */
function mayHandTo(caller: AgentRecord | undefined, { id }: AgentRecord): boolean {
  const named = caller?.mayDelegateTo ?? null;
  return named === null || named.includes(id);
}
