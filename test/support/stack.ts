import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { GRANT_TOKEN_EXCHANGE, TOKEN_TYPE } from "@attach-dev/protocol";
import { freePort } from "./free-port.ts";
import { type GatewayProcess, startGateway } from "./gateway.ts";

type User = "alice" | "bob";

/** A real OpenID provider, a real engine's protocol, and the real program between them. */
export interface Stack {
  readonly gateway: GatewayProcess;
  /** Ends the gateway by this signal, and starts it again on its data. */
  restart(signal: NodeJS.Signals): Promise<void>;
  readonly engine: Awaited<ReturnType<typeof startDemoEngine>>;
  readonly issuer: Awaited<ReturnType<typeof startDevIssuer>>;
  /** The audience of user tokens and the issuer of agent tokens. */
  readonly publicUrl: string;
  /** A user's access token, by a real log-in. */
  userToken(user: User): Promise<string>;
  /** The token endpoint's whole answer, by a plain form. */
  exchange(fields: Readonly<Record<string, string>>): Promise<Response>;
  /** An agent token for a user. */
  agentToken(user: User, options?: { agent?: string; scope?: string }): Promise<string>;
  /** A request to the gateway, with a bearer when one is given. */
  call(path: string, token?: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

export async function startStack(env: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const issuer = await startDevIssuer({ audience: publicUrl });
  const engine = await startDemoEngine();
  const folder = await mkdtemp(join(tmpdir(), "attach-test-"));
  const start = () =>
    startGateway({ port, folder, env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: engine.url, ...env } });
  let gateway = await start();

  const userToken = async (user: User): Promise<string> =>
    (await logIn({ issuer: issuer.issuer, user, audience: publicUrl })).accessToken;

  const exchange = (fields: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${gateway.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: GRANT_TOKEN_EXCHANGE,
        subject_token_type: TOKEN_TYPE.accessToken,
        ...fields,
      }),
    });

  return {
    get gateway() {
      return gateway;
    },
    async restart(signal) {
      await gateway.stop(signal);
      gateway = await start();
    },
    engine,
    issuer,
    publicUrl,
    userToken,
    exchange,
    async agentToken(user, { agent = "research-agent", scope = "llm:read memory:write" } = {}) {
      const subject_token = await userToken(user);
      const response = await exchange({ subject_token, client_id: agent, scope });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined)
        throw new Error(`no token: ${response.status} ${JSON.stringify(body)}`);
      return body.access_token;
    },
    call(path, token, init = {}) {
      const headers = new Headers(init.headers);
      if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
      return fetch(`${gateway.url}${path}`, { ...init, headers });
    },
    async stop() {
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
      await Promise.all([issuer.close(), engine.close()]);
    },
  };
}
