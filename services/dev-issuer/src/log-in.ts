import { createHash, randomBytes } from "node:crypto";
import { createBrowser, type Departure } from "./browser.ts";
import { CALLBACK_PATH, DEV_CLIENT_ID } from "./clients.ts";

export interface LogInOptions {
  /** URL of a running dev issuer. */
  readonly issuer: string;
  /** Id of the user to sign in: `alice` or `bob`. */
  readonly user: string;
  /** The resource the access token shall be for (RFC 8707); default: the issuer's own default. */
  readonly audience?: string;
  /** Default `openid profile email offline_access`: none of the gateway's scopes, as from most identity providers. */
  readonly scope?: string;
  readonly clientId?: string;
  /** Default: `http://127.0.0.1/callback`; nothing has to listen there. */
  readonly redirectUri?: string;
}

export interface LogIn {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds the access token has to live. */
  readonly expiresIn: number;
  readonly scope: string;
}

interface Endpoints {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

/**
 * Signs a user in as a person would, over HTTP: authorization code with PKCE, the sign-in page, the redirect, the token
 * endpoint. There is no short cut behind it.
 * @throws Error that says at which step it failed
 */
export async function logIn(options: LogInOptions): Promise<LogIn> {
  const endpoints = await discover(options.issuer);
  const clientId = options.clientId ?? DEV_CLIENT_ID;
  const redirectUri = options.redirectUri ?? `http://127.0.0.1${CALLBACK_PATH}`;
  const [verifier, state, nonce] = [secret(), secret(), secret()];

  const authorize = new URL(endpoints.authorization_endpoint);
  authorize.search = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: options.scope ?? "openid profile email offline_access",
    prompt: "consent",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state,
    nonce,
    ...(options.audience === undefined ? {} : { resource: options.audience }),
  }).toString();

  const departure = await clickThrough(authorize, options.user, redirectUri);
  const code = readCode(departure.url, { state, issuer: endpoints.issuer });
  const tokens = await redeem(endpoints.token_endpoint, {
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  });
  const idToken = field(tokens, "id_token");
  if (claims(idToken)["nonce"] !== nonce)
    throw new Error("log-in: the ID token is not for this sign-in (nonce)");
  return {
    accessToken: field(tokens, "access_token"),
    idToken,
    refreshToken: field(tokens, "refresh_token"),
    expiresIn: Number(tokens["expires_in"]),
    scope: String(tokens["scope"] ?? ""),
  };
}

async function discover(issuer: string): Promise<Endpoints> {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!response.ok)
    throw new Error(`log-in: no OpenID configuration at ${issuer} (status ${response.status})`);
  return (await response.json()) as Endpoints;
}

async function clickThrough(authorize: URL, user: string, redirectUri: string): Promise<Departure> {
  const browser = createBrowser(authorize.origin);
  let visit = await browser.open(authorize.href, redirectUri);
  if (visit.kind === "page" && visit.status === 200) {
    visit = await browser.submit(visit, { user }, redirectUri);
  }
  if (visit.kind === "departure") return visit;
  const reason = /<p><code>([^<]*)<\/code>([^<]*)/.exec(visit.body);
  throw new Error(
    `log-in: the sign-in page refused (status ${visit.status}): ${reason?.slice(1).join(" ") ?? ""}`,
  );
}

/** RFC 6749 §4.1.2 and RFC 9207: the answer must be to our request, and from this issuer. */
function readCode(callback: URL, expected: { state: string; issuer: string }): string {
  const answer = callback.searchParams;
  const error = answer.get("error");
  if (error !== null) throw new Error(`log-in: ${error}: ${answer.get("error_description") ?? ""}`);
  if (answer.get("state") !== expected.state) throw new Error("log-in: the answer has another state");
  if (answer.get("iss") !== expected.issuer) throw new Error("log-in: the answer has another issuer");
  const code = answer.get("code");
  if (code === null) throw new Error("log-in: the answer has no code");
  return code;
}

async function redeem(endpoint: string, form: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(endpoint, { method: "POST", body: new URLSearchParams(form) });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`log-in: ${String(body["error"])}: ${String(body["error_description"])}`);
  return body;
}

function field(tokens: Record<string, unknown>, name: string): string {
  const value = tokens[name];
  if (typeof value !== "string") throw new Error(`log-in: the token endpoint sent no ${name}`);
  return value;
}

function claims(jwt: string): Record<string, unknown> {
  const payload = Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8");
  return JSON.parse(payload) as Record<string, unknown>;
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}
