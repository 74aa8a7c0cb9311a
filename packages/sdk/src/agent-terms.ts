import type { AgentOptions } from "./agent.ts";
import { checkAgentId, checkResource, checkScopes, checkTtl } from "./arguments.ts";
import { type AgentCredential, checkCredential } from "./credential.ts";
import { checkDpop, DpopKey } from "./dpop-key.ts";
import type { TokenDemand } from "./exchange.ts";
import { BEARER, type Presenter } from "./presenter.ts";

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
