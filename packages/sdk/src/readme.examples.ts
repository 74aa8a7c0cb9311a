/** The README's snippets: compiled without Node's types, run by `readme.test.ts`, and equal to the README's text. */
import { a2aAccess } from "./a2a.ts";
import {
  type Agent,
  AttachClient,
  AttachError,
  readError,
  userSession,
  type VerifiedAgent,
  verifyAgentToken,
  type WebKey,
} from "./index.ts";

export async function quickstart(userJwt: string, gatewayUrl: string): Promise<Response> {
  const body = JSON.stringify({ model: "llama3.2", messages: [{ role: "user", content: "Hello" }] });
  // #region quickstart
  const attach = new AttachClient(userJwt, { gatewayUrl });
  const agent = attach.agent("research-agent", { scopes: ["llm:read", "memory:write"] });
  const answer = await agent.fetch("/api/chat", { method: "POST", body });
  // #endregion
  return answer;
}

export async function token(attach: AttachClient): Promise<string> {
  // #region token
  const token = await attach.getAgentToken({ agentId: "research-agent", scopes: ["llm:read"] });
  // #endregion
  return token;
}

export function freshUserToken(
  session: { getAccessToken(): Promise<string> },
  gatewayUrl: string,
): AttachClient {
  // #region user-token
  const attach = new AttachClient(() => session.getAccessToken(), { gatewayUrl });
  // #endregion
  return attach;
}

export function providerSession(
  { issuer, clientId, refreshToken }: { issuer: string; clientId: string; refreshToken: string },
  { save, gatewayUrl }: { save: (token: string) => Promise<void>; gatewayUrl: string },
): AttachClient {
  // #region user-session
  const session = userSession({ issuer, clientId, refreshToken, onRotate: save });
  const attach = new AttachClient(session, { gatewayUrl });
  // #endregion
  return attach;
}

export async function delegate(agent: Agent, body: string): Promise<Response> {
  // #region delegate
  const helper = agent.delegate("coder", { scopes: ["llm:read"] });
  const answer = await helper.fetch("/api/chat", { method: "POST", body });
  // #endregion
  return answer;
}

export async function remember(agent: Agent): Promise<string> {
  // #region memory
  const { id } = await agent.memory.write({ text: "Insertion sort is linear here", task: "t-1" });
  const { items } = await agent.memory.search("sorting a list");
  for (const { kind, text } of items) console.log(kind, text);
  await agent.memory.delete(id);
  // #endregion
  return id;
}

export async function handOver(agent: Agent, signal: AbortSignal): Promise<unknown> {
  // #region tasks
  const { id } = await agent.tasks.send({ input: { messages: [{ role: "user", content: "Hello" }] } });
  for await (const { state } of agent.tasks.stream(id, { signal })) console.log(state);
  const { state, result } = await agent.tasks.wait(id, { timeout: 60_000 });
  if (state === "error") console.error(result);
  // #endregion
  return result;
}

export function a2aClient(userToken: string, gatewayUrl: string): typeof fetch {
  // #region a2a
  const access = a2aAccess(`${gatewayUrl}/a2a/agents/coder/`, { userToken, agentId: "planner" });
  const fetchImpl = access.fetch; // new JsonRpcTransportFactory({ fetchImpl })
  // #endregion
  return fetchImpl;
}

export function bound(attach: AttachClient): Agent {
  // #region dpop
  const agent = attach.agent("research-agent", { scopes: ["llm:read"], dpop: true });
  // #endregion
  return agent;
}

export function registered(attach: AttachClient, secret: string, privateKey: WebKey): readonly Agent[] {
  // #region credential
  const planner = attach.agent("planner", { scopes: ["llm:read"], credential: { secret } });
  const coder = attach.agent("coder", { scopes: ["llm:read"], credential: { privateKey, kid: "k1" } });
  // #endregion
  return [planner, coder];
}

export async function serve(
  request: Request,
  { issuer, audience, secret }: { issuer: string; audience: string; secret: string },
): Promise<{ who: VerifiedAgent; incoming: Agent }> {
  // #region receive
  const who = await verifyAgentToken(request, { issuer, audience });
  console.log(`${who.agent} calls for ${who.user.sub}, by ${who.chain.join(" <- ")}`);

  const token = request.headers.get("Authorization")?.slice("Bearer ".length) ?? "";
  const incoming = AttachClient.asAgent(token, {
    gatewayUrl: issuer,
    agentId: "coder",
    credential: { secret },
  });
  const models = await incoming.fetch("/api/tags");
  // #endregion
  await models.body?.cancel();
  return { who, incoming };
}

export async function errors(agent: Agent, body: string): Promise<unknown> {
  // #region errors
  const response = await agent.fetch("/api/pull", { method: "POST", body });
  if (!response.ok) {
    const error = await readError(response);
    if (error.code === "insufficient_scope") console.log("needs", error.challenge?.scopes, error.requestId);
  }

  try {
    await agent.token();
  } catch (error) {
    if (error instanceof AttachError && error.code === "network_error") console.log("try again later");
    else throw error;
  }
  // #endregion
  return response.status;
}

export function events(attach: AttachClient): () => void {
  // #region events
  const stop = attach.on("renewed", ({ agentId, delegation, expiresAt }) => {
    console.log(`${agentId} goes on in ${delegation} until ${expiresAt.toISOString()}`);
  });
  attach.on("refused", ({ agentId, operation, error }) => {
    console.warn(`${agentId}: ${operation} refused`, error.code, error.requestId);
  });
  // #endregion
  return stop;
}
