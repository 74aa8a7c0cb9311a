/**
 * What a 401 or 403 says about the token that was sent or missing.
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
 */
export interface BearerChallenge {
  /** `bearer` or `dpop`, lower case. */
  readonly scheme: "bearer" | "dpop";
  /** `invalid_token`, `insufficient_scope`, `invalid_request`; absent where no token was sent. */
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
  /** The scopes that would have been enough. */
  readonly scopes: readonly string[];
  /** Where the resource describes itself and its authority (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined;
}

const MAX_HEADER = 8192;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const SEPARATOR = /[ \t,]*/y;
const PARAMETER = new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))(?=[ \\t]*(?:,|$))`,
  "y",
);
const SCHEME = new RegExp(`(${TOKEN})(?=[ \\t,]|$)`, "y");
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/**
 * The first Bearer or DPoP challenge of a `WWW-Authenticate` header, which may carry several (RFC 9110 §11.6.1).
 * `undefined` where there is none, or where the header is malformed before it.
 */
export function parseChallenge(header: string | null): BearerChallenge | undefined {
  if (header === null || header.length > MAX_HEADER) return undefined;
  let at = 0;
  let scheme = "";
  let parameters = new Map<string, string>();
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (match(SEPARATOR); at < header.length; match(SEPARATOR)) {
    const parameter = match(PARAMETER);
    if (parameter !== null) {
      const name = parameter[1]?.toLowerCase() ?? "";
      const value = parameter[3] ?? parameter[2]?.replace(/\\(.)/g, "$1") ?? "";
      // The first one counts, so that nothing appended later can change it.
      if (!parameters.has(name)) parameters.set(name, value);
      continue;
    }
    const next = match(SCHEME);
    if (next !== null) {
      if (isTokenScheme(scheme)) break;
      scheme = next[1]?.toLowerCase() ?? "";
      parameters = new Map();
    } else if (match(TOKEN68) === null) break;
  }
  return isTokenScheme(scheme) ? toChallenge(scheme, parameters) : undefined;
}

function isTokenScheme(scheme: string): scheme is BearerChallenge["scheme"] {
  return scheme === "bearer" || scheme === "dpop";
}

function toChallenge(
  scheme: BearerChallenge["scheme"],
  parameters: ReadonlyMap<string, string>,
): BearerChallenge {
  return {
    scheme,
    error: parameters.get("error"),
    errorDescription: parameters.get("error_description"),
    scopes: (parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== ""),
    resourceMetadata: parameters.get("resource_metadata"),
  };
}
