import { ok, type Result, refuse } from "../core/result.ts";

/** `repeated`: two `Authorization` headers, which two servers may read differently (S15). */
export type CredentialRefusal = "absent" | "repeated" | "unsupported_scheme" | "malformed";

/** `DPoP`: the token is bound to a key, and a proof must come with it (RFC 9449 §7.1). */
export type TokenScheme = "Bearer" | "DPoP";

export interface Credentials {
  readonly scheme: TokenScheme;
  readonly token: string;
}

/**
 * The token of a request, from its raw headers: the parsed ones hide a repetition. What characters it has is for the
 * token's own strict parser to judge: a kilobyte is not scanned for every request when it is one that was judged before.
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
  return token === "" ? refuse("malformed") : ok({ scheme, token });
}

function schemeOf(name: string): TokenScheme | undefined {
  const folded = name.toLowerCase();
  if (folded === "bearer") return "Bearer";
  return folded === "dpop" ? "DPoP" : undefined;
}
