import { sign } from "node:crypto";
import type { SigningKeys } from "../../core/ports/keys.ts";
import { canonicalJson } from "./canonical.ts";

/**
 * The card with our signature (A2A 1.0 §8.4: a JWS over the canonical card without its signatures). What the agent had signed is another card:
 * its addresses were others.
 */
export function signCard(card: object, keys: Pick<SigningKeys, "active">, publicUrl: string): object {
  const { alg, kid, privateKey } = keys.active();
  const header = { alg, typ: "JOSE", kid, jku: `${publicUrl}/.well-known/jwks.json` };
  const protectedHeader = encode(JSON.stringify(header));
  const input = Buffer.from(`${protectedHeader}.${encode(canonicalJson(card))}`);
  const key = alg === "ES256" ? ({ key: privateKey, dsaEncoding: "ieee-p1363" } as const) : privateKey;
  const signature = sign("sha256", input, key).toString("base64url");
  return { ...card, signatures: [{ protected: protectedHeader, signature }] };
}

const encode = (text: string) => Buffer.from(text).toString("base64url");
