/** An A2A server on Fastify and a2a-js that knows who calls, and goes on as itself. */
import { AgentCard, Message } from "@a2a-js/sdk";
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
} from "@a2a-js/sdk/server";
import { type Agent, AttachClient, type VerifiedAgent, verifyAgentToken } from "@attach-dev/sdk";
import fastify from "fastify";

/** What an agent is asked, by whom, and what it goes on with. */
export interface Asked {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly who: VerifiedAgent;
  /** This agent, acting for the user and the agents before it: its calls go to the gateway. */
  readonly me: Agent;
}

export interface AgentSetting {
  readonly id: string;
  /** The gateway: whose tokens count, and where calls go. */
  readonly gatewayUrl: string;
  answer(asked: Asked): Promise<object>;
}

export interface AgentServer {
  readonly url: string;
  /** The credential that the gateway gave when the agent was registered. */
  useSecret(secret: string): void;
  close(): Promise<void>;
}

export async function serveAgent({ id, gatewayUrl, answer }: AgentSetting): Promise<AgentServer> {
  const app = fastify();
  let url = "";
  let secret = "";
  app.get("/.well-known/agent-card.json", () => cardOf(id, url));
  const executor: AgentExecutor = {
    async execute({ userMessage, contextId, context }, bus) {
      const parts = userMessage.parts.map(({ content }) => content);
      const text = parts.flatMap((part) => (part?.$case === "text" ? [part.value] : [])).join("\n");
      const data = Object.assign({}, ...parts.map((part) => (part?.$case === "data" ? part.value : {})));
      const { who, token } = context.state.get("caller") as { who: VerifiedAgent; token: string };
      // The token is good at this server alone; with this agent's own credential it becomes one for the gateway.
      const me = AttachClient.asAgent(token, { gatewayUrl, credential: { secret } });
      const said = { messageId: `${userMessage.messageId}-answer`, role: "ROLE_AGENT", contextId };
      const message = { ...said, parts: [{ data: await answer({ text, data, who, me }) }] };
      bus.publish(AgentEvent.message(Message.fromJSON(message)));
    },
    cancelTask: async () => {},
  };

  app.post("/rpc", async (request, reply) => {
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const who = await verifyAgentToken(token, { issuer: gatewayUrl, audience: url }).catch(() => undefined);
    if (who === undefined) return reply.code(401).send();
    const context = new ServerCallContext({ requestedVersion: "1.0" });
    context.state.set("caller", { who, token });
    const card = AgentCard.fromJSON(cardOf(id, url));
    const handler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
    return new JsonRpcTransportHandler(handler).handle(request.body as Record<string, unknown>, context);
  });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    useSecret: (given) => {
      secret = given;
    },
    close: () => app.close(),
  };
}

function cardOf(id: string, url: string) {
  return {
    name: id,
    description: `The example's ${id}`,
    version: "1.0.0",
    supportedInterfaces: [{ url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: { streaming: false, pushNotifications: false },
    defaultInputModes: ["text/plain", "application/json"],
    defaultOutputModes: ["application/json"],
    skills: [{ id, name: id, description: `What a ${id} does`, tags: [id] }],
  };
}
