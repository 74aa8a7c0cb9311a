import { parseScope, TOKEN_TYPE } from "@attach-dev/protocol";
import { type AgentOptions, type AgentTerms, readAgentTerms } from "./agent-terms.ts";
import { isTokenText } from "./arguments.ts";
import type { Grant } from "./authority.ts";
import { decodeBase64url } from "./base64url.ts";
import { parseObject, toMembers } from "./bounded-body.ts";
import { AttachError } from "./errors.ts";
import { readOwnClaims } from "./own-claims.ts";
import type { HeldToken, Subject } from "./token-source.ts";

/** How an agent server goes on, besides how it reaches its gateway. */
export interface AsAgentOptions extends Partial<AgentOptions> {
  /** Who this server is, where the token was not minted for it but for who calls it: it then acts on behalf of that agent. */
  readonly agentId?: string | undefined;
}

/** What a token that was handed to us says of itself. Not verified: that is the gateway's part, or `verifyAgentToken`'s. */
interface Incoming {
  readonly token: string;
  readonly holder: string;
  readonly scopes: readonly string[];
  readonly isForGateway: boolean;
  readonly isBound: boolean;
  readonly expiresAt: number;
}

/**
 * How the holder of a token goes on with it. One of ours for the gateway's own routes is used as it is; one that is for this
 * server's own address is turned into one for the gateway within the same delegation; another agent's is delegated on. Renewal
 * takes a proof (CONTRACT §6): a credential, or the key that the token is bound to.
 * @throws AttachError `invalid_argument`
 */
export function continueAs(
  token: string,
  options: AsAgentOptions,
  now: () => number,
): { readonly grant: Grant; readonly subject: Subject } {
  const own: AsAgentOptions = Object.assign(Object.create(null), options);
  const incoming = readIncoming(token);
  if (incoming.isBound && typeof own.dpop !== "object")
    throw new AttachError("invalid_argument", "the token is bound to a key: dpop must be that key pair");
  const id = own.agentId ?? incoming.holder;
  const terms = readAgentTerms(id, { ...own, scopes: own.scopes ?? incoming.scopes }, now);
  const common = { ...terms, subjectType: TOKEN_TYPE.accessToken, isFixed: true };
  if (id !== incoming.holder) return { grant: common, subject: () => token };
  const { dlg } = readOwnClaims(token);
  if (!incoming.isForGateway || own.scopes !== undefined || own.resource !== undefined)
    return { grant: { ...common, delegation: dlg }, subject: () => token };
  return { grant: { ...common, initial: hold(incoming, terms, now()) }, subject: ended };
}

const ended: Subject = () => {
  throw new AttachError(
    "token_expired",
    "the token that this agent was given has ended, and it has nothing to renew it by: give asAgent a credential",
  );
};

function hold({ token, scopes, expiresAt }: Incoming, { demand }: AgentTerms, now: number): HeldToken {
  const life = Math.max(expiresAt - now, 0);
  return {
    token,
    response: {
      access_token: token,
      issued_token_type: TOKEN_TYPE.accessToken,
      token_type: demand.tokenType,
      expires_in: Math.floor(life / 1000),
      scope: scopes.join(" "),
    },
    claims: readOwnClaims(token),
    obtainedAt: now,
    renewAt: now + life * 0.8,
    expiresAt,
  };
}

function readIncoming(token: unknown): Incoming {
  const [, payload = ""] = isTokenText(token) ? token.split(".") : [];
  const bytes = decodeBase64url(payload);
  const claims = bytes === undefined ? undefined : parseObject(new TextDecoder().decode(bytes));
  const [holder, scope, exp] = ["client_id", "scope", "exp"].map((name) => claims?.get(name));
  const scopes = typeof scope === "string" ? parseScope(scope) : undefined;
  if (claims === undefined || typeof holder !== "string" || typeof exp !== "number" || scopes === undefined)
    throw new AttachError("invalid_argument", "the token is not an agent token of a gateway");
  return {
    token: token as string,
    holder,
    scopes,
    // PUBLIC_URL is both (CONTRACT §6), by whatever address we reach it.
    isForGateway: claims.get("aud") === claims.get("iss"),
    isBound: toMembers(claims.get("cnf")) !== undefined,
    expiresAt: exp * 1000,
  };
}
