import { type Call, prepareCall } from "./call.ts";
import { AttachError } from "./errors.ts";
import type { Presenter } from "./presenter.ts";
import { readErrorHead } from "./read-error.ts";
import { isOn, parseUrl } from "./target.ts";

export interface AttachFetchOptions {
  readonly gateway: URL;
  readonly fetch: typeof globalThis.fetch;
  /** A token that is good now. */
  readonly token: () => Promise<string>;
  /** Another token than the one that was not accepted. */
  readonly replace: (failed: string) => Promise<string>;
  /** How a token is shown. */
  readonly presenter: Presenter;
  /** Told when the gateway itself refused the call (401, 403). The response's body stays unread. */
  readonly onRefused: (error: AttachError) => void;
}

const MAX_REDIRECTS = 10;

/**
 * A drop-in `fetch` that speaks with an agent's token, to the gateway and nowhere else.
 *
 * - A 401 is answered with a fresh token and one more try, where the body can be sent again; nothing of the first answer
 *   has been handed out by then. A stream is never sent twice.
 * - Redirects are followed for GET and HEAD on the gateway's own origin; any other is refused, unless the caller asked for
 *   `redirect: "manual"` and gets it as it is.
 */
export function attachFetch(options: AttachFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const call = prepareCall(input, init ?? undefined, options);
    call.signal?.throwIfAborted();
    let retried = false;
    let url = call.url;
    for (let redirects = 0; ; redirects++) {
      const token = await untilAborted(options.token(), call.signal);
      let response = await send(call, url, { token, presenter: options.presenter });
      if (response.status === 401 && call.replayable && !retried) {
        retried = true;
        response = await retry(call, url, token, response, options);
      }
      if (response.status === 401 || response.status === 403) report(response, options);
      const next = follow(call, url, response, options.gateway);
      if (next === undefined) return response;
      await response.body?.cancel();
      if (next instanceof AttachError) throw next;
      if (redirects === MAX_REDIRECTS) throw new AttachError("redirect_refused", "too many redirects");
      url = next;
    }
  };
}

/** The answer to a second try, or the refusal that is in hand where no other token is to be had. */
async function retry(
  call: Call,
  url: URL,
  failed: string,
  refusal: Response,
  { replace, presenter }: AttachFetchOptions,
): Promise<Response> {
  let token: string;
  try {
    token = await untilAborted(replace(failed), call.signal);
  } catch (error) {
    if (call.signal?.aborted) throw error;
    return refusal;
  }
  await refusal.body?.cancel();
  return send(call, url, { token, presenter });
}

/** A proof that lacked the nonce of the moment is made anew, once: the token was not at fault (RFC 9449 §9). */
async function send(
  call: Call,
  url: URL,
  { token, presenter }: { readonly token: string; readonly presenter: Presenter },
): Promise<Response> {
  const attempt = async () => call.send(url, await presenter.present({ method: call.method, url }, token));
  const response = await attempt();
  const mayRepeat = presenter.heed(response) && call.replayable && response.status === 401;
  if (!mayRepeat || readErrorHead(response).challenge?.error !== "use_dpop_nonce") return response;
  await response.body?.cancel();
  const second = await attempt();
  presenter.heed(second);
  return second;
}

/** Only the gateway challenges: it takes `WWW-Authenticate` off an engine's answers (S17). */
function report(response: Response, { onRefused }: AttachFetchOptions): void {
  if (response.headers.has("WWW-Authenticate")) onRefused(readErrorHead(response));
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a redirect may be followed to, why it may not, or `undefined` where there is none to follow. */
function follow(call: Call, from: URL, response: Response, gateway: URL): URL | AttachError | undefined {
  if (call.redirect !== "follow") return undefined;
  // A browser hides where it leads.
  const hidden = response.type === "opaqueredirect";
  const location = response.headers.get("Location");
  if (!hidden && (!REDIRECTS.has(response.status) || location === null)) return undefined;
  const refuse = (why: string) => {
    const { requestId } = readErrorHead(response);
    return new AttachError("redirect_refused", why, { status: response.status, requestId });
  };
  // A body goes where its caller sent it: an engine must not steer an agent's writes.
  if (call.method !== "GET" && call.method !== "HEAD") {
    return refuse(`the answer to ${call.method} is a redirect, which is followed for GET and HEAD only`);
  }
  const to = hidden || location === null ? undefined : parseUrl(location, from);
  if (to === undefined || !isOn(gateway, to)) return refuse("the answer is a redirect away from the gateway");
  return to;
}

/** A caller that hangs up does not wait for a token; those who share the exchange still get theirs. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
