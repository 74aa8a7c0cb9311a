import type { Principal } from "../principal.ts";
import type { TokenRefusal } from "../refusal.ts";
import type { Result } from "../result.ts";

export type Verification = Result<Principal, TokenRefusal>;

/** The RFC 8693 §3 token types a subject may be presented as. */
export type SubjectTokenType = "access_token" | "jwt" | "id_token";

/** Says who a token stands for. */
export interface IdentityVerifier {
  /**
   * Judges a bearer token presented at a protected route. Answers at once (no promise) for a remembered token. Audience,
   * expiry and revocation are checked on every call (S10).
   */
  verifyBearer(token: string): Verification | Promise<Verification>;
  /**
   * The same for a token presented under the `DPoP` scheme (RFC 9449 §7.1): it must be bound to a key. The caller must then check
   * a proof by that key, `jkt` of the principal: until it has, nobody is authenticated.
   */
  verifyBound(token: string): Verification | Promise<Verification>;
  /**
   * Judges a subject token at the token endpoint, under the rules of its type. A bound one needs a proof by its own key (S03).
   * @param provenJkt the key that a proof of this request has proved; `null` (the default) where none came
   */
  verifySubject(token: string, type: SubjectTokenType, provenJkt?: string | null): Promise<Verification>;
  /**
   * Judges one of our own tokens that is addressed to a registered agent, for that agent to exchange (CONTRACT §6): everything that
   * `verifySubject` checks, with these audiences in place of our own.
   */
  verifyAddressed(
    token: string,
    audiences: ReadonlySet<string>,
    provenJkt: string | null,
  ): Promise<Verification>;
  /**
   * Judges one of our own tokens for a resource server that asks about it (RFC 7662): everything but its binding, which that
   * server checks itself.
   */
  verifyIssued(token: string, audiences: ReadonlySet<string>): Promise<Verification>;
  /**
   * Judges one of our own agent tokens by signature alone, expired or revoked ones too: what `/oauth/revoke` needs (S07).
   */
  verifyOwn(token: string): Promise<Verification>;
}
