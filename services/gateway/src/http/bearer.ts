import { ok, type Result, refuse } from "../core/result.ts";

/** `repeated`: two `Authorization` headers, which two servers may read differently (S15). */
export type CredentialRefusal = "absent" | "repeated" | "unsupported_scheme" | "malformed";

/**
 * The bearer token of a request, from its raw headers: the parsed ones hide a repetition. What characters it has is for the
 * token's own strict parser to judge: a kilobyte is not scanned for every request when it is one that was judged before.
 * @param rawHeaders name, value, name, value, … as Node gives them
 */
export function readBearer(rawHeaders: readonly string[]): Result<string, CredentialRefusal> {
  let credentials: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 13 || name.toLowerCase() !== "authorization") continue;
    if (credentials !== undefined) return refuse("repeated");
    credentials = rawHeaders[i + 1] ?? "";
  }
  if (credentials === undefined) return refuse("absent");
  const space = credentials.indexOf(" ");
  if (space !== 6 || credentials.slice(0, 6).toLowerCase() !== "bearer") return refuse("unsupported_scheme");
  const token = credentials.slice(7).trimStart();
  return token === "" ? refuse("malformed") : ok(token);
}
