import type { KeyObject } from "node:crypto";
import { compactVerify } from "jose";

/** A public key and the algorithms it may be used with: the key decides, not the token (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly publicKey: KeyObject;
  readonly algorithms: ReadonlySet<string>;
}

/** Is this token, already strictly parsed, signed by this key with this algorithm? Any doubt is a no. */
export async function isSignedBy(
  { token, alg }: { readonly token: string; readonly alg: string },
  key: VerificationKey,
): Promise<boolean> {
  if (!key.algorithms.has(alg)) return false;
  try {
    await compactVerify(token, key.publicKey, { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}
