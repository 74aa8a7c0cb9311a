import { type KeyObject, sign, verify } from "node:crypto";
import type { SigningAlgorithm, SigningKey } from "../core/ports/keys.ts";
import { ok, type Result, refuse } from "../core/result.ts";

/** What the audit trail signs. The types keep a statement from ever passing for a token (RFC 8725 §3.11). */
export type StatementType = "attach-checkpoint+jwt" | "attach-gap+jwt";

/** A public key by its id, with the one algorithm it is for. */
export type FindKey = (
  kid: string,
) => { readonly alg: SigningAlgorithm; readonly publicKey: KeyObject } | undefined;

const MAX_LENGTH = 4096;

/** A compact JWS (RFC 7515 §3.1) over a statement. */
export function signStatement(
  typ: StatementType,
  claims: object,
  { alg, kid, privateKey }: SigningKey,
): string {
  // In this order no part of it looks like the beginning of a token, should somebody search the database for one.
  const input = `${encode({ typ, alg, kid })}.${encode(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), spelled(alg, privateKey)).toString("base64url")}`;
}

/** The claims of a statement that one of these keys has signed, or why it counts for nothing. Pure. */
export function readStatement(
  jws: string,
  typ: StatementType,
  find: FindKey,
): Result<Readonly<Record<string, unknown>>, string> {
  const [header = "", claims = "", signature = "", ...more] = jws.split(".");
  if (jws.length > MAX_LENGTH || more.length > 0 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jws))
    return refuse("is not a signed statement");
  const head = decode(header);
  const body = decode(claims);
  if (head === undefined || body === undefined) return refuse("is not a signed statement");
  const { alg, kid } = head;
  if (head["typ"] !== typ || Object.keys(head).length !== 3) return refuse(`is not of type ${typ}`);
  const key = typeof kid === "string" ? find(kid) : undefined;
  if (key === undefined) return refuse("is signed by a key that is not known");
  if (key.alg !== alg) return refuse("is signed with another algorithm than its key is for");
  const input = Buffer.from(`${header}.${claims}`);
  const signed = verify(
    "sha256",
    input,
    spelled(key.alg, key.publicKey),
    Buffer.from(signature, "base64url"),
  );
  return signed ? ok(body) : refuse("has a signature that does not hold");
}

/** JWS wants r and s side by side (RFC 7518 §3.4), not in DER; RSA keys have no such choice. */
function spelled(alg: SigningAlgorithm, key: KeyObject) {
  return alg === "ES256" ? ({ key, dsaEncoding: "ieee-p1363" } as const) : key;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
