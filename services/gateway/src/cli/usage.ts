import type { Tool } from "./tool.ts";
import { OWN_TOOLS, STORE_TOOLS } from "./tools.ts";

const COLUMN = 20;

const linesOf = (tools: readonly Tool[]) =>
  tools
    .flatMap(({ usage }) => usage.map(([command, what]) => `  ${command.padEnd(COLUMN)} ${what}`))
    .join("\n");

export const USAGE = `Attach Gateway: the identity layer for AI agents

  attach-gateway [serve]   the gateway, in front of your engine; needs an identity provider (OIDC_ISSUER)
  attach-gateway dev       the gateway with an OpenID provider and a demo engine of its own, on this machine only

  --upstream <url>   the engine               (ENGINE_URL, default http://localhost:11434; dev: the demo engine)
  --port <port>      port to listen on        (PORT, default 8080)
  --host <address>   address to listen on     (HOST, default 127.0.0.1)
  --workers <n>      processes that serve     (WORKERS, default 1; dev: one)
  --config <file>    configuration file       (default attach.yaml, if there is one)
  --help, --version

Tokens, and a look at everything:

${linesOf(OWN_TOOLS)}

On the store (DATABASE_URL), also while the gateway runs:

${linesOf(STORE_TOOLS)}

Without a command it is serve where an identity provider is configured, and dev where none is.
Flags beat the environment, the environment beats .env, .env beats the file.`;
