import { logIn } from "@attach-dev/dev-issuer";
import { AttachClient } from "@attach-dev/sdk";
import { say } from "./tell.ts";
import type { World } from "./world.ts";

/** Prints lines for another terminal, with tokens that are good now. */
export async function printPaste({ issuer, gateway, model }: World): Promise<void> {
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  const attach = new AttachClient(accessToken, { gatewayUrl: gateway.url });
  const agentToken = await attach.getAgentToken({
    agentId: "research-agent",
    scopes: ["llm:read"],
    ttl: 3600,
  });
  const chat = JSON.stringify({ model, messages: [{ role: "user", content: "Why is the sky blue?" }] });
  for (const line of [
    "",
    "All of it is running. Paste this into another terminal (the tokens are good for an hour):",
    "",
    `GATEWAY=${gateway.url}`,
    `ALICE=${accessToken}`,
    `AGENT=${agentToken}`,
    "",
    "# Alice's agent streams a chat, in Ollama's way and in OpenAI's",
    `curl -N $GATEWAY/api/chat -H "Authorization: Bearer $AGENT" -d '${chat}'`,
    `curl $GATEWAY/v1/chat/completions -H "Authorization: Bearer $AGENT" -H 'Content-Type: application/json' -d '${chat}'`,
    "",
    "# ... but may not pull models: 403. And without a token: 401",
    `curl -i $GATEWAY/api/pull -H "Authorization: Bearer $AGENT" -d '{"model":"attach/no-such-model"}'`,
    "curl -i $GATEWAY/api/tags",
    "",
    "# Alice's token for a token of another agent (RFC 8693)",
    "curl $GATEWAY/oauth/token -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \\",
    "  -d subject_token_type=urn:ietf:params:oauth:token-type:access_token -d subject_token=$ALICE \\",
    "  -d client_id=writer-agent -d scope=llm:read",
    "",
    "# The agent's token is revoked (RFC 7009): from then on it is 401",
    "curl -i $GATEWAY/oauth/revoke -d client_id=research-agent -d token=$AGENT",
    "",
    `A person logs in with OpenID Connect at ${issuer.issuer} (client attach-cli).`,
    "Ctrl-C ends it all.",
  ]) {
    say(line);
  }
}
