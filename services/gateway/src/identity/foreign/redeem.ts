import type { Outbound } from "../../core/ports/outbound.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { isJsonObject, parseStrictJson } from "../../core/strict-json.ts";
import type { IdentityLog } from "../log.ts";
import { MAX_TOKEN_LENGTH } from "../parse-jws.ts";
import type { ForeignIssuer } from "./options.ts";

const GRANT_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const MAX_DEPTH = 8;

/** What the provider says of an assertion, and not of us (RFC 7523 §3.1). Everything else is our configuration or its trouble. */
const OF_THE_ASSERTION = new Set(["invalid_grant", "access_denied"]);

/**
 * Presents a foreign token to the identity provider as an authorization grant (RFC 7523 §2.1).
 * @returns the provider's access token, unverified
 */
export async function redeem(
  assertion: string,
  { issuer, tokenEndpoint, clientId, clientSecret }: ForeignIssuer,
  { outbound, log }: { readonly outbound: Outbound; readonly log: IdentityLog },
): Promise<Result<string, TokenRefusal>> {
  const form = new URLSearchParams({ grant_type: GRANT_JWT_BEARER, assertion, client_id: clientId });
  if (clientSecret !== undefined) form.set("client_secret", clientSecret);
  const answer = await outbound.send({
    url: tokenEndpoint,
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  const fail = (reason: string): Result<string, TokenRefusal> => {
    log.warn({ issuer, tokenEndpoint, reason }, "a foreign token could not be exchanged");
    return refuse("issuer_unavailable");
  };
  if (!answer.ok) return fail(answer.reason);
  const { status } = answer.value;
  const body = parseStrictJson(answer.value.body, MAX_DEPTH);
  if (!isJsonObject(body)) return fail(`status ${status} without well-formed JSON`);
  if (status !== 200) {
    const { error } = body;
    if (status < 500 && typeof error === "string" && OF_THE_ASSERTION.has(error))
      return refuse("foreign_refused");
    return fail(`status ${status}, ${JSON.stringify(error ?? null).slice(0, 100)}`);
  }
  const { access_token, token_type } = body;
  if (typeof token_type !== "string" || token_type.toLowerCase() !== "bearer")
    return fail("not a bearer token");
  const isToken = typeof access_token === "string" && access_token.length <= MAX_TOKEN_LENGTH;
  return isToken && access_token !== assertion ? ok(access_token) : fail("no usable access_token");
}
