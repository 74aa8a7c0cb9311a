import type { onRequestHookHandler } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { Owner } from "../../core/owner.ts";
import type { Principal } from "../../core/principal.ts";

/** Whoever manages agents, tokens and grants: a person or a service for what is its own, `admin` for all. */
export interface Manager {
  /** `null`: the operator at the command line, who owns the machine. */
  readonly owner: Owner | null;
  readonly isAdmin: boolean;
  /** A registered agent that acts for itself (`client_credentials`). */
  readonly isAgent: boolean;
  /** What it may hand to others at most, expanded. */
  readonly scopes: ReadonlySet<string>;
}

export const OPERATOR: Manager = { owner: null, isAdmin: true, isAgent: false, scopes: new Set() };

/**
 * Agents manage nothing, whatever their scopes: a prompt that talks an agent round must not get it a second identity, a wider
 * ceiling or somebody's tokens. (Its own token it gives back at `/oauth/revoke`.)
 */
export const refuseAgents: onRequestHookHandler = (request, _reply, done) => {
  if (request.principal.kind !== "agent") done();
  else done(new GatewayError("forbidden", "agents manage nothing: use a token of the user's own"));
};

export function managerOf(principal: Principal): Manager {
  const { owner, scopes } = principal;
  const isAgent = principal.kind === "service" && principal.account !== undefined;
  return { owner, isAdmin: scopes.has("admin"), isAgent, scopes };
}

/** May it see and change what belongs to this owner? All three parts count (CONTRACT §4). */
export function manages(manager: Manager, owner: Owner): boolean {
  if (manager.isAdmin) return true;
  const own = manager.owner;
  return own !== null && own.iss === owner.iss && own.sub === owner.sub && own.tenant === owner.tenant;
}

/** Whose things a list shows: everybody's for `admin`. */
export function listedOwner({ isAdmin, owner }: Manager): Owner | null {
  if (!isAdmin && owner === null) throw new TypeError("only the operator has no owner");
  return isAdmin ? null : owner;
}

export const notYours = () => new GatewayError("forbidden", "this belongs to somebody else");
