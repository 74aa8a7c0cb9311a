import { AttachError } from "./errors.ts";
import { resolveTarget } from "./target.ts";

type Fetch = typeof globalThis.fetch;
type FetchInput = Parameters<Fetch>[0];
type FetchInit = NonNullable<Parameters<Fetch>[1]>;

/** One call of the caller's, taken apart so that it can be sent with a token, and where safe once more. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** What the caller wants done with redirects. */
  readonly redirect: string;
  /** Can the body be sent a second time? A stream never can. */
  readonly replayable: boolean;
  readonly signal: AbortSignal | undefined;
  /** `credentials`: the headers that carry the token. */
  send(url: URL, credentials: Headers): Promise<Response>;
}

/**
 * Reads the arguments of a `fetch` once and fixes where it goes.
 * @throws AttachError `foreign_origin`, `invalid_argument`
 */
export function prepareCall(
  input: FetchInput,
  init: FetchInit | undefined,
  to: { gateway: URL; fetch: Fetch },
): Call {
  if (isRequest(input)) return requestCall(new Request(input, init), to);
  if (typeof input === "object" && !(input instanceof URL) && "url" in input) {
    throw new AttachError("invalid_argument", "fetch takes a URL, or a Request of this runtime's own class");
  }
  // An object is turned into text once: one that changes its mind cannot pass the check and then go elsewhere.
  const url = resolveTarget(String(input), to.gateway);
  return isRequest(init) ? requestCall(new Request(url, init), to) : plainCall(url, { ...init }, to.fetch);
}

function plainCall(url: URL, init: FetchInit, fetch: Fetch): Call {
  const redirect = init.redirect ?? "follow";
  return {
    method: (init.method ?? "GET").toUpperCase(),
    url,
    redirect,
    replayable: isReplayable(init.body),
    signal: init.signal ?? undefined,
    send: (to, credentials) =>
      fetch(to.href, {
        ...init,
        headers: authorize(init.headers, credentials),
        redirect: unfollowed(redirect),
      }),
  };
}

/** `copy` was made by the runtime itself, so that its `url` is where it truly goes, whatever the original claimed. */
function requestCall(copy: Request, { gateway, fetch }: { gateway: URL; fetch: Fetch }): Call {
  const url = resolveTarget(copy.url, gateway);
  return {
    method: copy.method,
    url,
    redirect: copy.redirect,
    replayable: copy.body === null || copy.method === "GET" || copy.method === "HEAD",
    signal: copy.signal,
    send: (to, credentials) => {
      const marked = new Request(copy, {
        headers: authorize(copy.headers, credentials),
        redirect: unfollowed(copy.redirect),
      });
      return fetch(to.href === url.href ? marked : new Request(to.href, marked));
    },
  };
}

/** The token takes the place of any `Authorization`: clients such as OpenAI's always send one of their own. */
function authorize(headers: FetchInit["headers"], credentials: Headers): Headers {
  const marked = new Headers(headers);
  credentials.forEach((value, name) => {
    marked.set(name, value);
  });
  return marked;
}

/** The runtime never follows: where a redirect leads is judged here, before a token goes along. */
function unfollowed(redirect: string): "error" | "manual" {
  return redirect === "error" ? "error" : "manual";
}

function isRequest(value: unknown): value is Request {
  return typeof Request === "function" && value instanceof Request;
}

function isReplayable(body: FetchInit["body"]): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === "string" ||
    body instanceof URLSearchParams ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData
  );
}
