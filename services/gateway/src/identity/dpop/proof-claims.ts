import { isIdentifier } from "../../core/owner.ts";
import { isJsonObject, type Json, parseStrictJson } from "../../core/strict-json.ts";

const MAX_CLAIMS_DEPTH = 4;
const MAX_NONCE_LENGTH = 255;
/** As in `claims.ts`: past this it is milliseconds by mistake. */
const MAX_NUMERIC_DATE = 1e11;

/** RFC 9449 §4.2. */
export interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly ath: string | undefined;
  readonly nonce: string | undefined;
}

/** The payload of a proof, in the shape it must have; `undefined` for any other. Judges nothing. Pure. */
export function readProofClaims(payload: Uint8Array): ProofClaims | undefined {
  const claims = parseStrictJson(payload, MAX_CLAIMS_DEPTH);
  if (!isJsonObject(claims)) return undefined;
  const { jti, htm, htu, iat, ath, nonce } = claims;
  if (!isIdentifier(jti) || typeof htm !== "string" || typeof htu !== "string") return undefined;
  if (!isNumericDate(iat)) return undefined;
  if (ath !== undefined && typeof ath !== "string") return undefined;
  if (nonce !== undefined && (typeof nonce !== "string" || nonce.length > MAX_NONCE_LENGTH)) return undefined;
  return { jti, htm, htu, issuedAt: iat * 1000, ath, nonce };
}

function isNumericDate(value: Json | undefined): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_NUMERIC_DATE;
}
