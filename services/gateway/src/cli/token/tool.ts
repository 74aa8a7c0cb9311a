import type { Tool } from "../tool.ts";

export const tokenTool: Tool = {
  name: "token",
  usage: [
    ["token", "a token for an agent, alone on stdout: --agent <id> --scope '<scopes>' [--ttl --resource]"],
    ["", "[--gateway <url>] [--user-token - | --user-token-file <file>]: else ATTACH_USER_TOKEN,"],
    ["", "else the log-in that `login` kept; [--agent-secret-file <file>] of a registered agent"],
  ],
  actions: {
    "": {
      flags: {
        agent: "value",
        scope: "list",
        ttl: "value",
        resource: "list",
        gateway: "value",
        "user-token": "value",
        "user-token-file": "value",
        "agent-secret-file": "value",
        issuer: "value",
        "client-id": "value",
        audience: "list",
      },
    },
  },
  async run(call, { flags }) {
    const { agentToken } = await import("./token.ts");
    return agentToken(call, flags);
  },
};
