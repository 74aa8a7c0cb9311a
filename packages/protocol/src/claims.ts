/** The claims of an agent token (RFC 9068 profile) and its delegation chain (RFC 8693 §4.1). */

/** One actor and, nested, those who acted before it. The outermost is the current one. */
export interface Actor {
  readonly sub: string;
  readonly iss: string;
  readonly act?: Actor;
}

/** RFC 9493 §3.2.3 "iss_sub": names the user by the issuer that knows them. */
export interface SubjectIdentifier {
  readonly format: "iss_sub";
  readonly iss: string;
  readonly sub: string;
}

/** How the agent proved itself at the token endpoint; `none` for an unregistered one. */
export type AgentAuthentication = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";

/** The payload of an agent token. Times are seconds since the epoch (RFC 7519 NumericDate). */
export interface AgentTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly sub_id: SubjectIdentifier;
  readonly aud: string;
  readonly client_id: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly scope: string;
  readonly act: Actor;
  readonly cnf?: { readonly jkt: string };
  readonly agent_auth: AgentAuthentication;
  /** Session of the root of the delegation: shared by all agents of one workflow. */
  readonly sid: string;
  /** The delegation this token belongs to: one node of the tree, stable over renewals. */
  readonly dlg: string;
  /** The oldest delegation of the tree; equals `dlg` at depth 1. */
  readonly root: string;
  /** Ancestor delegations, oldest first; empty at depth 1. */
  readonly anc: readonly string[];
}

/** JWT `typ` of an agent token (RFC 9068 §2.1). */
export const AGENT_TOKEN_TYPE = "at+jwt";

/** Deepest delegation chain any configuration may allow. */
export const MAX_DELEGATION_DEPTH = 8;

/** The chain as a list of agents, current actor first. Stops at the hard cap, so a hostile nesting cannot run long. */
export function actorChain(act: Actor | undefined): readonly string[] {
  const chain: string[] = [];
  for (let actor = act; actor !== undefined && chain.length < MAX_DELEGATION_DEPTH; actor = actor.act) {
    chain.push(actor.sub);
  }
  return chain;
}
