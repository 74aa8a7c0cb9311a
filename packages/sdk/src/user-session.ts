import { isTokenText } from "./arguments.ts";
import { parseObject, readText } from "./bounded-body.ts";
import { AttachError } from "./errors.ts";
import { isSecureUrl } from "./gateway-url.ts";
import { postForm } from "./post-form.ts";
import { readError } from "./read-error.ts";
import { parseUrl } from "./target.ts";

export interface UserSessionOptions {
  /** The identity provider, as it spells itself in `iss`. */
  readonly issuer: string;
  /** A public client of it (no secret belongs into an app). */
  readonly clientId: string;
  /** What the log-in gave beside the access token (`offline_access`). */
  readonly refreshToken: string;
  /** Told of each new refresh token before the access token is given out: keep it, the one before it is over. */
  readonly onRotate?: ((refreshToken: string) => unknown) | undefined;
  /** The API that the access token shall be for (RFC 8707), where the provider asks for one. */
  readonly resource?: string | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds since the epoch, for tests. */
  readonly now?: (() => number) | undefined;
}

const TIMEOUT_MS = 15_000;
/** A token is used for this share of its life: an agent's token can live no longer than the user's that it is made of. */
const USED_SHARE = 0.5;
/** Where the provider does not say how long (RFC 6749 §5.1). Seconds. */
const DEFAULT_LIFE = 60;

/**
 * The user's token for as long as the provider's session lasts: asked, it answers from memory or refreshes. However many ask, one
 * refresh is made, and a rotated refresh token takes the place of the one before.
 *
 * ```ts
 * const attach = new AttachClient(userSession({ issuer, clientId, refreshToken, onRotate: save }), { gatewayUrl });
 * ```
 *
 * What it throws is an AttachError: the provider's refusal (`invalid_grant`: the user has to log in again), `network_error`,
 * `timeout`, `invalid_response`, `user_token_failed` where `onRotate` failed.
 * @throws AttachError `invalid_argument`
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6), [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700#section-4.14)
 */
export function userSession(options: UserSessionOptions): () => Promise<string> {
  const own: UserSessionOptions = Object.assign(Object.create(null), options);
  const { issuer, clientId } = own;
  const base = parseUrl(issuer);
  if (base === undefined || !isSecureUrl(base) || base.search !== "" || base.hash !== "")
    throw new AttachError("invalid_argument", "issuer is the provider's https address");
  if (typeof clientId !== "string" || clientId === "" || !isTokenText(own.refreshToken))
    throw new AttachError("invalid_argument", "clientId and refreshToken are what the log-in used and gave");
  const fetch: typeof globalThis.fetch = own.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const now = own.now ?? (() => Date.now());

  let refreshToken = own.refreshToken;
  let endpoint: URL | undefined;
  let held: { readonly token: string; readonly from: number; readonly until: number } | undefined;
  let pending: Promise<string> | undefined;

  async function refresh(): Promise<string> {
    endpoint ??= await discover(issuer, fetch);
    const form = new URLSearchParams({
      ...{ grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken },
      ...(own.resource === undefined ? {} : { resource: own.resource }),
    });
    const from = now();
    const to = { gateway: new URL(endpoint.origin), fetch, timeout: TIMEOUT_MS };
    const answer = await postForm(to, `${endpoint.pathname}${endpoint.search}`, { form }, readRefreshed);
    held = { token: answer.token, from, until: from + answer.life * 1000 * USED_SHARE };
    if (answer.refreshToken !== undefined && answer.refreshToken !== refreshToken) {
      refreshToken = answer.refreshToken;
      await tellRotated(own.onRotate, refreshToken);
    }
    return answer.token;
  }

  return async () => {
    const at = now();
    if (held !== undefined && at >= held.from && at < held.until) return held.token;
    pending ??= refresh().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** A token that was not kept is lost when the program ends, so it is said aloud; the new one is good all the same, and used next. */
async function tellRotated(onRotate: UserSessionOptions["onRotate"], refreshToken: string): Promise<void> {
  try {
    await onRotate?.(refreshToken);
  } catch (cause) {
    throw new AttachError("user_token_failed", "onRotate failed to keep the new refresh token", { cause });
  }
}

/** OpenID Connect Discovery §4: the document must be of this very issuer. */
async function discover(issuer: string, fetch: typeof globalThis.fetch): Promise<URL> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  let document: ReadonlyMap<string, unknown> | undefined;
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    document = response.status === 200 ? parseObject(await readText(response)) : undefined;
  } catch (cause) {
    if (cause instanceof AttachError) throw cause;
    throw new AttachError("network_error", "the identity provider cannot be reached", { cause });
  }
  const endpoint = parseUrl(String(document?.get("token_endpoint")));
  if (document?.get("issuer") !== issuer || endpoint === undefined || !isSecureUrl(endpoint))
    throw new AttachError(
      "invalid_response",
      "the identity provider does not describe itself as this issuer",
    );
  return endpoint;
}

async function readRefreshed(response: Response) {
  if (response.status !== 200) throw await readError(response);
  const body = parseObject(await readText(response));
  const [token, type, life, refreshToken] = ["access_token", "token_type", "expires_in", "refresh_token"].map(
    (name) => body?.get(name),
  );
  const isUsable = isTokenText(token) && typeof type === "string" && type.toLowerCase() === "bearer";
  if (!isUsable || (refreshToken !== undefined && !isTokenText(refreshToken)))
    throw new AttachError("invalid_response", "the answer to the refresh holds no usable token");
  const seconds = typeof life === "number" && life > 0 && Number.isFinite(life) ? life : DEFAULT_LIFE;
  return { token, life: seconds, refreshToken };
}
