/** The README's snippets: compiled without Node's types, run by `readme.test.ts`, and equal to the README's text. */
import { type Agent, AttachClient, AttachError, readError } from "./index.ts";

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
