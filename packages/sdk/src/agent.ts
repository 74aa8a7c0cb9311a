import type { AttachError } from "./errors.ts";
import type { TokenDemand } from "./exchange.ts";
import { attachFetch } from "./fetch.ts";
import type { HeldToken, Subject, TokenSource } from "./token-source.ts";

/** What an agent may do, and how its tokens shall be. */
export interface AgentOptions {
  /** What the agent needs, and no more: `["llm:read"]`. The gateway grants nothing beyond it. */
  readonly scopes: readonly string[];
  /** Seconds that one token lives (30 s to 1 h; the gateway's default is 5 minutes). It is renewed before. */
  readonly ttl?: number | undefined;
  /** One MCP server or agent that the tokens shall be for, instead of the gateway (RFC 8707). */
  readonly resource?: string | undefined;
}

/** An agent that acts for the client's user, with tokens of its own. Made by `attach.agent()`. */
export interface Agent {
  readonly id: string;
  readonly scopes: readonly string[];
  /**
   * A drop-in `fetch` that carries the agent's token: give it to any client that takes one (OpenAI, LangChain.js, AI SDK). It
   * needs no `this`. Paths go to the gateway; its token takes the place of any `Authorization` header. Like every `fetch`,
   * it resolves to a refusal (401, 403) and rejects when the connection fails.
   * @throws AttachError `foreign_origin` for another host; `redirect_refused`; `agent_revoked`; what {@link Agent.token} throws
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * The agent's token, good now and renewed as needed.
   * @throws AttachError the gateway's refusal (`invalid_scope`, `invalid_grant` …), `network_error`, `timeout`,
   * `invalid_response`, `user_token_failed`; `agent_revoked` after {@link Agent.revoke}
   */
  token(): Promise<string>;
  /**
   * Revokes the agent's delegation and everything below it, at once. From the moment of the call on, this agent sends
   * nothing more, whatever the gateway answers; a failed revocation can be tried again.
   * @throws AttachError the gateway's refusal, `network_error`, `timeout`
   * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)
   */
  revoke(): Promise<void>;
}

/** What an agent is made of. */
export interface AgentParts {
  readonly demand: TokenDemand;
  readonly source: TokenSource;
  readonly subject: Subject;
  readonly gateway: URL;
  readonly fetch: typeof globalThis.fetch;
  readonly revoke: (held: HeldToken) => Promise<void>;
  readonly onRefused: (error: AttachError) => void;
}

/** Tokens live in the closure and in private members: printing an agent shows none. */
export function createAgent({
  demand,
  source,
  subject,
  gateway,
  fetch,
  revoke,
  onRefused,
}: AgentParts): Agent {
  const token = async () => (await source.get(subject)).token;
  const replace = async (failed: string) => (await source.replace(failed, subject)).token;
  let revoked: Promise<void> | undefined;
  const revokeOnce = async () => {
    const held = await source.close();
    if (held !== undefined) await revoke(held);
  };
  return Object.freeze({
    id: demand.agentId,
    scopes: demand.scopes,
    fetch: attachFetch({ gateway, fetch, token, replace, onRefused }),
    token,
    revoke: () => {
      revoked ??= revokeOnce().catch((error: unknown) => {
        revoked = undefined;
        throw error;
      });
      return revoked;
    },
  });
}
