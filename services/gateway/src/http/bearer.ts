import { ok, type Result, refuse } from "../core/result.ts";

/** `repeated`: two `Authorization` headers, which two servers may read differently (S15). */
export type CredentialRefusal = "absent" | "repeated" | "unsupported_scheme" | "malformed";

/** `DPoP`: the token is bound to a key, and a proof must come with it (RFC 9449 §7.1). */
export type TokenScheme = "Bearer" | "DPoP";

export interface Credentials {
  readonly scheme: TokenScheme;
  readonly token: string;
}

/** RFC 6750 §2.1: b64token. */
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The token of a request, from its raw headers: the parsed ones hide a repetition.
 * @param rawHeaders name, value, name, value, … as Node gives them
 */
export function readCredentials(rawHeaders: readonly string[]): Result<Credentials, CredentialRefusal> {
  let credentials: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 13 || name.toLowerCase() !== "authorization") continue;
    if (credentials !== undefined) return refuse("repeated");
    credentials = rawHeaders[i + 1] ?? "";
  }
  if (credentials === undefined) return refuse("absent");
  const space = credentials.indexOf(" ");
  const scheme = space === 6 || space === 4 ? schemeOf(credentials.slice(0, space)) : undefined;
  if (scheme === undefined) return refuse("unsupported_scheme");
  const token = credentials.slice(space + 1).trimStart();
  return B64TOKEN.test(token) ? ok({ scheme, token }) : refuse("malformed");
}

function schemeOf(name: string): TokenScheme | undefined {
  const folded = name.toLowerCase();
  if (folded === "bearer") return "Bearer";
  return folded === "dpop" ? "DPoP" : undefined;
}
