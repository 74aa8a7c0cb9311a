import type { JWK } from "jose";
import type { TokenRefusal } from "../refusal.ts";
import type { Result } from "../result.ts";

/** JWS algorithms that an assertion may be signed with: those of the keys that can be registered, and no other is advertised. */
export const ASSERTION_ALGORITHMS: readonly string[] = ["ES256", "RS256", "EdDSA"];

/** A client's signed statement that it is itself, verified (RFC 7523 §3). */
export interface Assertion {
  readonly jti: string;
  /** Milliseconds since the epoch, skew included: after this it is refused anyway. */
  readonly expiresAt: number;
}

export type AssertionRefusal = TokenRefusal | "too_long_lived" | "not_of_itself";

export interface AssertionRules {
  /** Who must have signed it about itself: `iss` and `sub`. */
  readonly client: string;
  /** The client's registered keys. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Longest time from now, and from its `iat`, to its end, in milliseconds. */
  readonly maxLifetimeMs: number;
}

/** Judges what registered clients sign: client assertions (`private_key_jwt`) and actor tokens. */
export interface AssertionVerifier {
  /** Who an assertion says it is from. Unverified: good for finding the keys, for nothing else. */
  claimedClient(token: string): string | undefined;
  /** Form, type, key, signature, issuer, subject, audience, time. Whether its `jti` was used before is for the store to say. */
  verify(token: string, rules: AssertionRules): Promise<Result<Assertion, AssertionRefusal>>;
}
