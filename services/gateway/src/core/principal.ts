import type { Actor, AgentAuthentication } from "@attach-dev/protocol";
import type { Owner } from "./owner.ts";

interface Verified {
  /** Whom the request is for. */
  readonly owner: Owner;
  /** Expanded: holds every scope the token amounts to, so that a check is one look-up. */
  readonly scopes: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly issuedAt: number;
  /** The token's id, where it has one. */
  readonly jti: string | null;
  readonly audiences: readonly string[];
  /** RFC 7638 thumbprint of the key the token is bound to (`cnf.jkt`, RFC 9449); `null` for a plain bearer. */
  readonly jkt: string | null;
}

/** Whom an identity provider's token lets act for its subject (`may_act`, RFC 8693 §4.4). `iss` is `null` where it names none. */
export interface PermittedActor {
  readonly sub: string;
  readonly iss: string | null;
}

/** What a token of an identity provider may say beyond the owner, where the issuer's claims are mapped. */
interface Described {
  /** As the provider calls them; empty where none are mapped. */
  readonly roles?: readonly string[];
  /** For show; decides nothing. */
  readonly name?: string;
}

/** A person, by a token of their identity provider. */
export interface UserPrincipal extends Verified, Described {
  readonly kind: "user";
  /** Set for a token of ours (log-in by wallet): what can revoke it, beside the user's epoch. */
  readonly login?: { readonly delegation: string; readonly session: string };
  /** Set where the token names who may act: nobody else then does. */
  readonly mayAct?: PermittedActor;
}

/** A machine that acts for itself, by a token of an identity provider or our own. */
export interface ServicePrincipal extends Verified, Described {
  readonly kind: "service";
  readonly mayAct?: PermittedActor;
  /** Set for a token of ours (`client_credentials`): the registered agent that holds it, and what can revoke it. */
  readonly account?: {
    readonly client: string;
    readonly session: string;
    readonly delegation: string;
  };
}

/** An agent acting for an owner, by a token that this gateway issued. */
export interface AgentPrincipal extends Verified {
  readonly kind: "agent";
  readonly jti: string;
  /** The current actor: the outermost `act.sub`, equal to `client_id`. */
  readonly agent: string;
  readonly act: Actor;
  readonly agentAuth: AgentAuthentication;
  readonly session: string;
  readonly delegation: string;
  readonly root: string;
  readonly ancestors: readonly string[];
}

/** Who a verified request comes from. */
export type Principal = UserPrincipal | ServicePrincipal | AgentPrincipal;

/** Is this a token that this gateway issued? Its id is ours then, and tells when. */
export function isIssuedHere(principal: Principal): boolean {
  if (principal.kind === "agent") return true;
  return (principal.kind === "service" ? principal.account : principal.login) !== undefined;
}
