import { checkAgentId, checkResource, checkScopes, checkTtl } from "./arguments.ts";
import { type AgentCredential, checkCredential } from "./credential.ts";
import { checkDpop, DpopKey } from "./dpop-key.ts";
import type { TokenDemand } from "./exchange.ts";
import { BEARER, type Presenter } from "./presenter.ts";
import type { WebKeyPair } from "./web-crypto.ts";

/** What an agent may do, and how its tokens shall be. */
export interface AgentOptions {
  /** What the agent needs, and no more: `["llm:read"]`. The gateway grants nothing beyond it. */
  readonly scopes: readonly string[];
  /** Seconds that one token lives (30 s to 1 h; the gateway's default is 5 minutes). It is renewed before. */
  readonly ttl?: number | undefined;
  /** One MCP server or agent that the tokens shall be for, instead of the gateway (RFC 8707). */
  readonly resource?: string | undefined;
  /**
   * Binds the tokens to a key that never leaves this runtime (RFC 9449): a stolen one is worth nothing, and the delegation goes on
   * by itself when the user's token has run out. A key pair of your own (ECDSA P-256) outlives this object.
   */
  readonly dpop?: boolean | WebKeyPair | undefined;
  /** For an agent that is registered at the gateway: what it proves itself by. */
  readonly credential?: AgentCredential | undefined;
}

/** What an agent's options amount to. */
export interface AgentTerms {
  readonly demand: TokenDemand;
  readonly presenter: Presenter;
  readonly credential: AgentCredential | undefined;
}

/** @throws AttachError `invalid_argument` */
export function readAgentTerms(id: string, options: AgentOptions, now: () => number): AgentTerms {
  // Own members only: a polluted Object.prototype cannot widen what an agent asks for.
  const own: Partial<AgentOptions> = Object.assign(Object.create(null), options);
  const dpop = checkDpop(own.dpop);
  const presenter = dpop === false ? BEARER : new DpopKey(now, dpop === true ? undefined : dpop);
  return {
    demand: {
      agentId: checkAgentId(id),
      scopes: checkScopes(own.scopes),
      ttl: checkTtl(own.ttl),
      resource: checkResource(own.resource),
      tokenType: presenter.tokenType,
    },
    presenter,
    credential: checkCredential(own.credential),
  };
}
