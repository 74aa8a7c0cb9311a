import type { GatewayError } from "../../core/errors.ts";

/** An error as one client family expects it. */
export interface ErrorBody {
  readonly contentType: string;
  readonly body: string;
}

type Render = (error: GatewayError, requestId: string) => ErrorBody;

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  417: "Expectation Failed",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** RFC 9457. `code` is the stable name of the error; `requestId` finds it in our log. */
const problem: Render = (error, requestId) => ({
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: "about:blank",
    title: TITLES[error.status] ?? "Error",
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId,
  }),
});

/** The `error.type` values that OpenAI's own SDKs map to exception classes go by status. */
function openAiType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

const openAi: Render = (error, requestId) => ({
  contentType: "application/json",
  body: JSON.stringify({
    error: { message: error.message, type: openAiType(error.status), param: null, code: error.code },
    requestId,
  }),
});

const ollama: Render = (error, requestId) => ({
  contentType: "application/json",
  body: JSON.stringify({ error: error.message, code: error.code, requestId }),
});

/** Anthropic's SDKs know an error by the `type` beside it. */
const anthropic: Render = (error, requestId) => {
  const { contentType, body } = openAi(error, requestId);
  return { contentType, body: `{"type":"error",${body.slice(1)}` };
};

/** The first that a path matches; any other speaks problem+json. */
const DIALECTS: readonly (readonly [RegExp, Render])[] = [
  [/^\/v1\/messages(?:[/?]|$)/i, anthropic],
  [/^\/v1\//i, openAi],
  [/^\/api\//i, ollama],
];

/** An upstream's own prefix says nothing of the language that is spoken behind it. */
const UPSTREAM_PREFIX = /^\/upstreams\/[^/?]*/i;

/** The dialect of a path (CONTRACT §3): engine SDKs show the reason only when it has their shape. */
export function renderError(error: GatewayError, path: string, requestId: string): ErrorBody {
  const asked = path.replace(UPSTREAM_PREFIX, "");
  const [, render] = DIALECTS.find(([pattern]) => pattern.test(asked)) ?? [null, problem];
  return render(error, requestId);
}
