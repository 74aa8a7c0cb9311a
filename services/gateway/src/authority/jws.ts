import { sign } from "node:crypto";
import type { SigningKey } from "../core/ports/keys.ts";

/**
 * A compact JWS (RFC 7515 §3.1) of an explicit type (RFC 8725 §3.11). Signed by `node:crypto` on the spot: a third faster than
 * through WebCrypto, and without a turn of the event loop between the row and the token.
 */
export function signJws(typ: string, claims: object, { alg, kid, privateKey }: SigningKey): string {
  const input = `${encode({ alg, typ, kid })}.${encode(claims)}`;
  // JWS wants r and s side by side (RFC 7518 §3.4), not in DER; RSA keys have no such choice.
  const key = alg === "ES256" ? ({ key: privateKey, dsaEncoding: "ieee-p1363" } as const) : privateKey;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
