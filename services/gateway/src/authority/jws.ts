import { sign } from "node:crypto";
import { fromDer } from "../core/ecdsa-form.ts";
import type { SigningKey } from "../core/ports/keys.ts";

/** r and s of P-256 have 32 bytes each (RFC 7518 §3.4). */
const P256_BYTES = 32;

/**
 * A compact JWS (RFC 7515 §3.1) of an explicit type (RFC 8725 §3.11). Signed by `node:crypto` on the spot, without a turn of the
 * event loop between the row and the token (docs/decisions/0006).
 */
export function signJws(typ: string, claims: object, { alg, kid, privateKey }: SigningKey): string {
  const input = `${encode({ alg, typ, kid })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(input, "latin1"), privateKey);
  const jose = alg === "ES256" ? fromDer(signature, P256_BYTES) : signature;
  return `${input}.${jose.toString("base64url")}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
