import {
  expandScopes,
  formatScope,
  GRANT_TOKEN_EXCHANGE,
  parseScope,
  TOKEN_TYPE,
  type TokenExchangeResponse,
  type TokenTypeUri,
} from "@attach-dev/protocol";
import { isTokenText } from "./arguments.ts";
import { parseObject, readText } from "./bounded-body.ts";
import { AttachError } from "./errors.ts";
import { readError } from "./read-error.ts";

/** What an agent's token shall be. */
export interface TokenDemand {
  readonly agentId: string;
  readonly scopes: readonly string[];
  /** Seconds. */
  readonly ttl?: number | undefined;
  readonly resource?: string | undefined;
  /** What the token must be: `DPoP` where it is to be bound to a key of ours. */
  readonly tokenType: "Bearer" | "DPoP";
}

/** One exchange: whose token is presented, for which demand, and within which delegation where it is a renewal. */
export interface Exchange extends TokenDemand {
  readonly subjectToken: string;
  readonly subjectTokenType: TokenTypeUri;
  readonly delegation?: string | undefined;
}

/**
 * The form of a token exchange.
 * @see [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)
 */
export function exchangeRequest(exchange: Exchange): URLSearchParams {
  const form = new URLSearchParams({
    grant_type: GRANT_TOKEN_EXCHANGE,
    client_id: exchange.agentId,
    subject_token: exchange.subjectToken,
    subject_token_type: exchange.subjectTokenType,
    scope: formatScope(exchange.scopes),
  });
  if (exchange.ttl !== undefined) form.set("ttl", String(exchange.ttl));
  if (exchange.resource !== undefined) form.set("resource", exchange.resource);
  if (exchange.delegation !== undefined) form.set("delegation", exchange.delegation);
  return form;
}

/**
 * Judges the answer to {@link exchangeRequest}: what is not exactly an access token of the kind that was asked for, with a
 * lifetime, within the scopes that were asked for, is refused.
 * @throws AttachError the gateway's refusal, or `invalid_response`
 * @see [RFC 8693 §2.2](https://www.rfc-editor.org/rfc/rfc8693#section-2.2)
 */
export async function processExchangeResponse(
  response: Response,
  demand: TokenDemand,
): Promise<TokenExchangeResponse> {
  if (response.status !== 200) throw await readError(response);
  const invalid = (what: string) =>
    new AttachError("invalid_response", `the answer to the token exchange ${what}`, {
      status: response.status,
      requestId: response.headers.get("X-Request-Id") ?? undefined,
    });
  const body = parseObject(await readText(response));
  if (body === undefined) throw invalid("is not a JSON object");
  const token = body.get("access_token");
  if (!isTokenText(token)) throw invalid("has no usable access_token");
  const type = body.get("token_type");
  // Compared without case (RFC 6749 §5.1). A token bound to a key that we do not hold would be of no use, and one that should
  // be bound and is not would be worth stealing.
  if (typeof type !== "string" || type.toLowerCase() !== demand.tokenType.toLowerCase())
    throw invalid(`is not of token_type ${demand.tokenType}`);
  if (body.get("issued_token_type") !== TOKEN_TYPE.accessToken) throw invalid("is not an access token");
  const expiresIn = body.get("expires_in");
  if (typeof expiresIn !== "number" || !Number.isFinite(expiresIn) || expiresIn <= 0) {
    throw invalid("has no usable expires_in");
  }
  // May be left out where it is what was asked for (RFC 8693 §2.2.1).
  const scope = body.get("scope") ?? formatScope(demand.scopes);
  const granted = typeof scope === "string" ? parseScope(scope) : undefined;
  if (granted === undefined) throw invalid("has a malformed scope");
  const asked = expandScopes(demand.scopes);
  if (!granted.every((one) => asked.has(one))) throw invalid("grants more than was asked for");
  return {
    access_token: token,
    issued_token_type: TOKEN_TYPE.accessToken,
    token_type: demand.tokenType,
    expires_in: expiresIn,
    scope: formatScope(granted),
  };
}
