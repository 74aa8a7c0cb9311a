/** `@attach-dev/sdk/a2a`: tokens for A2A clients (a2a-js's own among them), from an agent's card alone. */
import type { Agent } from "./agent.ts";
import type { AgentOptions } from "./agent-terms.ts";
import { parseChallenge } from "./challenge.ts";
import { AttachClient, type AttachClientOptions } from "./client.ts";
import { AttachError } from "./errors.ts";
import { allowInsecure, readGatewayUrl } from "./gateway-url.ts";
import { readAccessTerms } from "./read-card.ts";
import { isOn, parseUrl, resolveTarget } from "./target.ts";
import type { UserToken } from "./user-token.ts";

/** Who calls, for whom. */
export interface A2aAccessOptions
  extends Partial<Omit<AgentOptions, "resource" | "dpop">>,
    Omit<AttachClientOptions, "gatewayUrl"> {
  /** For whom the agent calls; see {@link AttachClient}. It goes to the card's own origin and nowhere else. */
  readonly userToken: UserToken;
  /** Who calls. */
  readonly agentId: string;
}

/** The shape of a2a-js's `AuthenticationHandler`, which is not a dependency of this package. */
export interface A2aAuthenticationHandler {
  headers(): Promise<Record<string, string>>;
  shouldRetryWithHeaders(
    request: RequestInit,
    response: Response,
  ): Promise<Record<string, string> | undefined>;
}

export interface A2aAccess {
  /**
   * A drop-in `fetch` for an A2A client: its token goes to the card's origin alone. Prefer it to the handler, which is not told where a
   * request goes.
   */
  readonly fetch: typeof globalThis.fetch;
  /** For `createAuthenticatingFetchWithRetry`: sends nothing until the agent's side asks for it by a 401. */
  readonly authenticationHandler: A2aAuthenticationHandler;
  /** The agent that calls; the card has been read by then. */
  agent(): Promise<Agent>;
}

/**
 * What an A2A client needs to call an agent behind an Attach Gateway, by nothing but where the agent is: its card says where tokens are to be
 * had, and for which scopes.
 *
 * The card must be for its own origin: token endpoint and interfaces elsewhere are refused, so that no card can send a user's token away.
 * @param agentUrl where the agent is (`https://gateway.example/a2a/agents/coder/`), or its card
 * @throws AttachError `invalid_argument`, `insecure_gateway`; later, when it is used, `invalid_response` for a card that is of no use, and
 * what {@link Agent.token} throws
 */
export function a2aAccess(agentUrl: string | URL, options: A2aAccessOptions): A2aAccess {
  const own: A2aAccessOptions = Object.assign(Object.create(null), options);
  const card = cardUrl(agentUrl, own[allowInsecure] === true);
  const { userToken, agentId, scopes, ttl, credential, ...client } = own;
  const attach = new AttachClient(userToken, { ...client, gatewayUrl: card.origin });
  const fetch = own.fetch ?? ((input, init) => globalThis.fetch(input, init));
  let agent: Promise<Agent> | undefined;

  const open = async (): Promise<Agent> => {
    const terms = await readAccessTerms(card, fetch);
    return attach.agent(agentId, { scopes: scopes ?? terms.scopes, ttl, credential });
  };
  const getAgent = (): Promise<Agent> => {
    agent ??= open().catch((error: unknown) => {
      agent = undefined;
      throw error;
    });
    return agent;
  };
  const bearer = async () => ({ Authorization: `Bearer ${await (await getAgent()).token()}` });

  return Object.freeze({
    agent: getAgent,
    async fetch(input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit) {
      // Before a card is fetched for it.
      if (typeof input === "string" || input instanceof URL)
        resolveTarget(String(input), new URL(card.origin));
      return (await getAgent()).fetch(input, init);
    },
    authenticationHandler: {
      headers: async () => (agent === undefined ? {} : bearer()),
      async shouldRetryWithHeaders(_request: RequestInit, response: Response) {
        const from = parseUrl(response.url);
        const isOurs = response.status === 401 && from !== undefined && isOn(new URL(card.origin), from);
        if (!isOurs || parseChallenge(response.headers.get("WWW-Authenticate")) === undefined)
          return undefined;
        return bearer();
      },
    },
  });
}

function cardUrl(agentUrl: string | URL, insecure: boolean): URL {
  const url = parseUrl(String(agentUrl));
  if (url === undefined || url.username !== "" || url.password !== "")
    throw new AttachError("invalid_argument", "agentUrl is where an agent is: an absolute URL");
  readGatewayUrl(url.origin, insecure);
  if (url.pathname.endsWith(".json")) return url;
  return new URL(".well-known/agent-card.json", url.href.endsWith("/") ? url : `${url.href}/`);
}
