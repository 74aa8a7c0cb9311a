import { ok, type Result, refuse } from "../core/result.ts";

/** `repeated`: two `Authorization` headers, which two servers may read differently (S15). */
export type CredentialRefusal = "absent" | "repeated" | "unsupported_scheme" | "malformed";

/** RFC 6750 §2.1: b64token. */
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The bearer token of a request, from its raw headers: the parsed ones hide a repetition.
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
  return B64TOKEN.test(token) ? ok(token) : refuse("malformed");
}
