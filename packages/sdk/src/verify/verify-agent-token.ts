import { expandScopes } from "@attach-dev/protocol";
import { isTokenText } from "../arguments.ts";
import { AttachError } from "../errors.ts";
import { allowInsecure, readGatewayUrl } from "../gateway-url.ts";
import { judgeClaims, type ReadClaims, type VerifiedAgent } from "./claims.ts";
import { keySetAt } from "./key-set.ts";
import { parseJws, readTokenHeader } from "./parse-token.ts";
import { isProved } from "./proof.ts";
import { isSignedBy } from "./public-key.ts";

/** What an agent server demands of whoever calls it. */
export interface VerifyOptions {
  /** The gateway's `PUBLIC_URL`: who must have signed. */
  readonly issuer: string | URL;
  /** Who the token must be for: this server's resource as it is registered, or the gateway's `PUBLIC_URL`. */
  readonly audience: string;
  /** Scopes that the token must hold, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** Where the gateway is reached from here, if not at `issuer` (containers). */
  readonly gatewayUrl?: string | URL | undefined;
  /** The request's address as the caller spells it, where a proxy in front changed it: what a DPoP proof names. */
  readonly url?: string | URL | undefined;
  /** Seconds that clocks may differ, 5 unless given. */
  readonly skewSeconds?: number | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds since the epoch, for tests. */
  readonly now?: (() => number) | undefined;
  readonly [allowInsecure]?: boolean | undefined;
}

/** A token as it was shown. */
interface Shown {
  readonly token: string;
  readonly scheme: "bearer" | "dpop" | undefined;
  /** The request it came with, whole. */
  readonly request: Request | undefined;
}

/**
 * Checks who calls: signature, type, issuer, audience, lifetime, chain, and for a token that is bound to a key the proof that came
 * with it. The issuer's keys are fetched once and remembered. Whether the token was revoked since it was issued, some minutes ago at
 * most, only the gateway knows (`/oauth/introspect`).
 *
 * ```ts
 * const { user, agent, scopes } = await verifyAgentToken(request, { issuer, audience });
 * ```
 *
 * @param request the request; or its headers, or a token alone, which do not do for a token that is bound
 * @throws AttachError `invalid_token`, `invalid_dpop_proof`, `insufficient_scope`; `network_error`, `timeout`, `invalid_response` where
 * the issuer's keys cannot be had; `invalid_argument`
 */
export async function verifyAgentToken(
  request: Request | Headers | string,
  options: VerifyOptions,
): Promise<VerifiedAgent> {
  const rules = readRules(options);
  const shown = readShown(request);
  const claims = await verifySigned(shown.token, rules);
  const { jkt, ...agent } = claims;
  await checkBinding(shown, jkt, rules);
  const held = expandScopes(agent.scopes);
  const missing = rules.scopes.filter((scope) => !held.has(scope));
  if (missing.length > 0)
    throw new AttachError("insufficient_scope", `this needs the scope ${missing.join(" ")}`);
  return agent;
}

type Rules = ReturnType<typeof readRules>;

function readRules(options: VerifyOptions) {
  // Own members only: a polluted Object.prototype cannot choose whom we trust.
  const own: Partial<VerifyOptions> = Object.assign(Object.create(null), options);
  const insecure = own[allowInsecure] === true;
  if (own.issuer === undefined)
    throw new AttachError("invalid_argument", "issuer is the gateway's PUBLIC_URL");
  if (typeof own.audience !== "string" || own.audience === "")
    throw new AttachError("invalid_argument", "audience says who the token must be for");
  const skew = own.skewSeconds ?? 5;
  if (!(skew >= 0 && skew <= 300)) throw new AttachError("invalid_argument", "skewSeconds is from 0 to 300");
  return {
    issuer: readGatewayUrl(own.issuer, true).origin,
    gateway: readGatewayUrl(own.gatewayUrl ?? own.issuer, insecure),
    audience: own.audience,
    scopes: own.scopes ?? [],
    url: own.url,
    skew: skew * 1000,
    fetch: own.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: own.now ?? (() => Date.now()),
  };
}

const refuse = (message: string) => new AttachError("invalid_token", message);

/** One credential, in one header. `Headers` joins repeated ones by a comma, which no token holds. */
function readShown(request: Request | Headers | string): Shown {
  if (typeof request === "string")
    return { token: assertToken(request), scheme: undefined, request: undefined };
  const isRequest = "headers" in request;
  const header = (isRequest ? request.headers : request).get("Authorization");
  if (header === null) throw refuse("the request has no Authorization header");
  const [, scheme = "", token = ""] = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? [];
  if (scheme === "") throw refuse("the Authorization header is not one Bearer or DPoP token");
  return {
    token: assertToken(token),
    scheme: scheme.toLowerCase() as "bearer" | "dpop",
    request: isRequest ? request : undefined,
  };
}

function assertToken(token: string): string {
  if (isTokenText(token)) return token;
  throw refuse("the token is not a well-formed JWT");
}

async function verifySigned(token: string, rules: Rules): Promise<ReadClaims> {
  const jws = parseJws(token);
  const header = jws === undefined ? undefined : readTokenHeader(jws.header);
  if (jws === undefined || header === undefined) throw refuse("the token is not an agent token of a gateway");
  // Before its key is looked for: a stranger's token causes no fetch.
  if (jws.claims.get("iss") !== rules.issuer) throw refuse("the token is of another issuer");
  const url = new URL("/.well-known/jwks.json", rules.gateway).href;
  const key = await keySetAt(url).find(header.kid, rules);
  // The algorithm is the key's, not the token's (RFC 8725 §3.1).
  if (key?.alg !== header.alg || !(await isSignedBy(key, jws.signature, jws.input)))
    throw refuse("the token's signature could not be verified");
  const judged = judgeClaims(jws.claims, rules, rules.now());
  if (typeof judged === "string") throw refuse(judged);
  return judged;
}

/** S03: a bound token counts only under its own scheme, beside a proof by its own key; a binding is never passed over. */
async function checkBinding(
  { token, scheme, request }: Shown,
  jkt: string | undefined,
  rules: Rules,
): Promise<void> {
  if (jkt === undefined) {
    if (scheme === "dpop") throw refuse("the token is not bound to a key: it is shown as a bearer token");
    return;
  }
  if (request === undefined || scheme !== "dpop")
    throw refuse(
      "the token is bound to a key: it counts only with its DPoP proof, so hand in the whole request",
    );
  const proof = request.headers.get("DPoP") ?? "";
  const question = { proof, token, jkt, method: request.method, url: new URL(rules.url ?? request.url) };
  if (!(await isProved(question, rules.now())))
    throw new AttachError(
      "invalid_dpop_proof",
      "the DPoP proof is missing, or does not fit this request and token",
    );
}
