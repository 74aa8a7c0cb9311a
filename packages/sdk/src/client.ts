import type { TokenExchangeResponse, TokenTypeUri } from "@attach-dev/protocol";
import { type Agent, type AgentParts, createAgent } from "./agent.ts";
import { type AgentOptions, type AgentTerms, readAgentTerms } from "./agent-terms.ts";
import { checkTimeout, checkTokenType, isTokenText } from "./arguments.ts";
import { type AsAgentOptions, continueAs } from "./as-agent.ts";
import { Authority, type Grant } from "./authority.ts";
import { AttachError, isRefusal } from "./errors.ts";
import { type AttachEvents, type AttachListener, Events } from "./events.ts";
import { allowInsecure, readGatewayUrl } from "./gateway-url.ts";
import { SourceCache } from "./source-cache.ts";
import type { Timing } from "./token-source.ts";
import { askUser, checkUserToken, type UserToken } from "./user-token.ts";

/** How an {@link AttachClient} reaches its gateway. */
export interface AttachClientOptions {
  /** The gateway's origin; else `ATTACH_GATEWAY_URL`, else http://localhost:8080. */
  readonly gatewayUrl?: string | URL | undefined;
  /** Another `fetch` than the runtime's: for proxies, tracing, tests. It sees tokens. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for a token exchange or a revocation, 15,000 unless given. Calls of `agent.fetch` have no limit of ours. */
  readonly timeout?: number | undefined;
  /** What kind of token the user's is (RFC 8693 §3): `access_token` unless given. */
  readonly userTokenType?: "access_token" | "jwt" | "id_token" | undefined;
  /** Time and chance, for tests. */
  readonly timing?: Timing | undefined;
  readonly [allowInsecure]?: boolean | undefined;
}

/** Which token {@link AttachClient.getAgentToken} shall get. */
export interface AgentTokenRequest extends Omit<AgentOptions, "dpop"> {
  /** Who will hold the token: its `client_id` and its `act.sub`. */
  readonly agentId: string;
  /** Exchanged instead of the client's user token. */
  readonly originalToken?: string | undefined;
}

const DEFAULT_TIMEOUT = 15_000;

/**
 * Speaks for one user to an Attach Gateway, and gives each of the user's agents a short-lived token of its own, no wider
 * than it needs.
 *
 * ```ts
 * const attach = new AttachClient(userJwt, { gatewayUrl: "https://gateway.example" });
 * const agent = attach.agent("research-agent", { scopes: ["llm:read", "memory:write"] });
 * const answer = await agent.fetch("/api/chat", { method: "POST", body });
 * ```
 */
export class AttachClient {
  /** The gateway's origin, as in `new OpenAI({ baseURL: attach.gatewayUrl + "/v1", fetch: agent.fetch })`. */
  readonly gatewayUrl: string;
  readonly #userToken: UserToken;
  readonly #gateway: URL;
  readonly #fetch: typeof globalThis.fetch;
  readonly #authority: Authority;
  readonly #events = new Events();
  readonly #timing: Timing;
  readonly #subjectType: TokenTypeUri;
  readonly #sources = new SourceCache();

  /**
   * Sends nothing yet.
   * @throws AttachError `invalid_argument`; `insecure_gateway` for plain http to another machine
   */
  constructor(userToken: UserToken, options: AttachClientOptions = {}) {
    // Own members only: a polluted Object.prototype cannot choose where the user's token goes.
    const own: AttachClientOptions = Object.assign(Object.create(null), options);
    checkUserToken(userToken);
    this.#userToken = userToken;
    this.#gateway = readGatewayUrl(own.gatewayUrl, own[allowInsecure] === true);
    this.gatewayUrl = this.#gateway.origin;
    this.#fetch = own.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#timing = own.timing ?? { now: () => Date.now(), random: () => Math.random() };
    this.#subjectType = checkTokenType(own.userTokenType ?? "access_token");
    this.#authority = new Authority({
      gateway: this.#gateway,
      fetch: this.#fetch,
      timeout: checkTimeout(own.timeout ?? DEFAULT_TIMEOUT),
      timing: this.#timing,
      events: this.#events,
    });
  }

  /**
   * A token for an agent, from memory where one is good: per user's token, agent, scopes, resource and lifetime. However many
   * ask at once, one exchange is made. From 80 % of its life on it is renewed within its delegation. Where that is refused (the
   * delegation was revoked, or reached `SESSION_MAX`), the refusal is thrown once the token has ended, and the next call
   * begins another delegation. A function that gives another token of the user's begins another, too; {@link AttachClient.agent}
   * keeps one for a long workflow.
   * @throws AttachError the gateway's refusal (`invalid_scope`, `invalid_request` …), `network_error`, `timeout`,
   * `invalid_response`, `invalid_argument`, `user_token_failed`
   */
  async getAgentToken(request: AgentTokenRequest): Promise<string> {
    const { terms, originalToken } = this.#readRequest(request);
    // Asked on every call, and remembered by the token itself, not by whom it claims to be for: a function may speak for
    // whoever is logged in, and nobody must get another's token from memory by a claim that nothing has verified.
    const subject = originalToken ?? (await askUser(this.#userToken));
    const { agentId, scopes, resource, ttl } = terms.demand;
    const proof = terms.credential === undefined ? "none" : "credential";
    const key = JSON.stringify([subject, agentId, [...scopes].sort(), resource, ttl, proof]);
    const source = this.#sources.get(key, () => this.#authority.open(this.#grant(terms, true)));
    try {
      return (await source.get(() => subject)).token;
    } catch (error) {
      if (isRefusal(error)) this.#sources.drop(key, source);
      throw error;
    }
  }

  /**
   * An agent server goes on as itself, with the token that it was handed: `fetch`, `delegate`, `revoke`. The token is what the
   * gateway minted for it (`client_id`), or, with `agentId`, that of the agent which calls it, on whose behalf it then acts. Sends
   * nothing yet.
   * @param token the text of an agent token; see {@link verifyAgentToken} for who calls
   * @throws AttachError `invalid_argument`; `insecure_gateway`
   */
  static asAgent(
    token: string,
    options: AsAgentOptions & Omit<AttachClientOptions, "userTokenType"> = {},
  ): Agent & Pick<AttachClient, "on"> {
    const client = new AttachClient(token, options);
    const agent = createAgent(client.#parts(continueAs(token, options, () => client.#timing.now())));
    return Object.freeze({ ...agent, on: client.on.bind(client) as AttachClient["on"] });
  }

  /**
   * One token exchange, with the whole answer. Nothing is remembered: each call begins a delegation of its own.
   * @throws AttachError as {@link AttachClient.getAgentToken}
   * @see [RFC 8693 §2](https://www.rfc-editor.org/rfc/rfc8693#section-2)
   */
  async exchange(request: AgentTokenRequest): Promise<TokenExchangeResponse> {
    const { terms, originalToken } = this.#readRequest(request);
    const source = this.#authority.open(this.#grant(terms, true));
    const held = await source.get(() => originalToken ?? askUser(this.#userToken));
    return held.response;
  }

  /**
   * An agent that acts for this user. Each call makes one with a delegation of its own, which begins at its first use, so
   * that workflows side by side are revoked one by one.
   * @throws AttachError `invalid_argument`
   */
  agent(id: string, options: AgentOptions): Agent {
    const terms = readAgentTerms(id, options, () => this.#timing.now());
    const grant = this.#grant(terms, typeof this.#userToken === "string");
    return createAgent(this.#parts({ grant, subject: () => askUser(this.#userToken) }));
  }

  /**
   * Listens to the life of this client's tokens.
   * @returns a function that ends it
   */
  on<Name extends keyof AttachEvents>(name: Name, listener: AttachListener<Name>): () => void {
    return this.#events.on(name, listener);
  }

  #parts(own: Pick<AgentParts, "grant" | "subject">): AgentParts {
    const [authority, gateway, fetch] = [this.#authority, this.#gateway, this.#fetch];
    return { ...own, authority, gateway, fetch, now: () => this.#timing.now() };
  }

  #grant(terms: AgentTerms, isFixed: boolean): Grant {
    return { ...terms, subjectType: this.#subjectType, isFixed };
  }

  #readRequest(request: AgentTokenRequest): { terms: AgentTerms; originalToken: string | undefined } {
    const own: Partial<AgentTokenRequest & AgentOptions> = Object.assign(Object.create(null), request);
    const { agentId, originalToken, dpop } = own;
    if (originalToken !== undefined && !isTokenText(originalToken)) {
      throw new AttachError("invalid_argument", "originalToken is a JWT");
    }
    if (dpop !== undefined && dpop !== false) {
      throw new AttachError(
        "invalid_argument",
        "a token that is bound to a key is used by attach.agent() only",
      );
    }
    const options = own as AgentOptions;
    return { terms: readAgentTerms(agentId as string, options, () => this.#timing.now()), originalToken };
  }
}
