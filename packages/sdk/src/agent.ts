import { expandScopes, TOKEN_TYPE } from "@attach-dev/protocol";
import { type AgentOptions, type AgentTerms, readAgentTerms } from "./agent-terms.ts";
import type { Authority, Grant } from "./authority.ts";
import { AttachError } from "./errors.ts";
import { attachFetch } from "./fetch.ts";
import { type AgentMemory, agentMemory } from "./memory.ts";
import { type AgentTasks, agentTasks } from "./tasks.ts";
import type { Subject, TokenSource } from "./token-source.ts";

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
   * The agent's token, good now and renewed as needed. One that is bound to a key (`dpop`) is of use to `fetch` only.
   * @throws AttachError the gateway's refusal (`invalid_scope`, `invalid_grant` …), `network_error`, `timeout`,
   * `invalid_response`, `user_token_failed`; `agent_revoked` after {@link Agent.revoke}
   */
  token(): Promise<string>;
  /** What is remembered of the agent's user, as far as this agent may see and write it. */
  readonly memory: AgentMemory;
  /** Work that is handed over: to the engine, to another agent or to a workflow. */
  readonly tasks: AgentTasks;
  /**
   * Another agent, to act on behalf of this one: `act` is then `id` ← this agent, in a delegation below this one's. It gets no
   * more than this agent has, lives no longer, and dies with it. A helper may have helpers, as deep as the gateway allows.
   * @throws AttachError `invalid_argument`, also for a scope that this agent has not
   */
  delegate(id: string, options: AgentOptions): Agent;
  /**
   * Revokes the agent's delegation and everything below it, at once. From the moment of the call on, this agent and those it has
   * delegated to send nothing more, whatever the gateway answers; a failed revocation can be tried again.
   * @throws AttachError the gateway's refusal, `network_error`, `timeout`
   * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)
   */
  revoke(): Promise<void>;
}

/** What an agent is made of. */
export interface AgentParts {
  readonly grant: Grant;
  readonly subject: Subject;
  readonly authority: Authority;
  readonly gateway: URL;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  /** Fails once whoever this agent acts on behalf of was revoked. */
  readonly assertAbove?: () => void;
}

/** Tokens live in the closure and in private members: printing an agent shows none. */
export function createAgent(parts: AgentParts): Agent {
  const { grant, subject, authority, gateway, fetch } = parts;
  const { agentId: id, scopes } = grant.demand;
  const source = authority.open(grant);
  const assertOpen = () => {
    parts.assertAbove?.();
    source.assertOpen();
  };
  const token = async () => {
    assertOpen();
    const held = await source.get(subject);
    assertOpen();
    return held.token;
  };
  const replace = async (failed: string) => {
    assertOpen();
    return (await source.replace(failed, subject)).token;
  };
  const onRefused = (error: AttachError) => authority.refused(id, "call", error);
  const { presenter } = grant;
  const call = attachFetch({ gateway, fetch, token, replace, presenter, onRefused });
  return Object.freeze({
    id,
    scopes,
    fetch: call,
    memory: agentMemory(call),
    tasks: agentTasks(call),
    token,
    delegate(helper: string, options: AgentOptions) {
      const terms = readAgentTerms(helper, options, parts.now);
      assertNarrower(terms, scopes);
      return createAgent({ ...parts, ...below(terms, { grant, source, subject }), assertAbove: assertOpen });
    },
    revoke: revokeOnce(source, (held) => authority.revoke(grant, held)),
  });
}

/** The helper's share: of this agent's token at each time, and by this agent's key where that is bound (S03). */
function below(
  { demand, presenter, credential }: AgentTerms,
  above: { readonly grant: Grant; readonly source: TokenSource; readonly subject: Subject },
): Pick<AgentParts, "grant" | "subject"> {
  const inherited = above.grant.presenter.tokenType === "DPoP" ? above.grant.presenter : presenter;
  return {
    grant: {
      demand: { ...demand, tokenType: inherited.tokenType },
      subjectType: TOKEN_TYPE.accessToken,
      isFixed: false,
      presenter: inherited,
      credential,
    },
    subject: async () => (await above.source.getFresh(above.subject)).token,
  };
}

function assertNarrower({ demand }: AgentTerms, held: readonly string[]): void {
  const ceiling = expandScopes(held);
  const beyond = demand.scopes.filter((scope) => !ceiling.has(scope));
  if (beyond.length > 0) {
    throw new AttachError(
      "invalid_argument",
      `this agent cannot hand on what it has not: ${beyond.join(" ")}`,
    );
  }
}

function revokeOnce(
  source: TokenSource,
  revoke: (held: NonNullable<Awaited<ReturnType<TokenSource["close"]>>>) => Promise<void>,
): () => Promise<void> {
  let revoked: Promise<void> | undefined;
  const attempt = async () => {
    const held = await source.close();
    if (held !== undefined) await revoke(held);
  };
  return () => {
    revoked ??= attempt().catch((error: unknown) => {
      revoked = undefined;
      throw error;
    });
    return revoked;
  };
}
