import { GatewayError } from "../core/errors.ts";
import type { TokenRefusal } from "../core/refusal.ts";

/**
 * What the owner of a refused token is told: enough to mend it, nothing that helps to forge one. Exhaustive, so that a new
 * reason has to be given its words here.
 */
const DESCRIPTIONS: Readonly<Record<TokenRefusal, string>> = {
  malformed: "the token is not a well-formed JWT",
  unsupported_algorithm: "the token's algorithm is not accepted for its issuer",
  unsupported_header: "the token's header has a member that is not accepted",
  wrong_type: "the token is of a type that is not an access token",
  id_token: "an ID token is not an access token: send the access token instead",
  unknown_issuer: "the token's issuer is not one that this gateway trusts",
  unknown_key: "the token's signature could not be verified",
  bad_signature: "the token's signature could not be verified",
  missing_claim: "the token lacks a claim that is required",
  bad_identifier: "the token's identifiers are not acceptable",
  expired: "the token has expired",
  not_yet_valid: "the token is not valid yet: check the clocks",
  wrong_audience: "the token was issued for another audience",
  sender_constrained: "the token is bound to a key and cannot be used as a plain bearer token",
  revoked: "the token has been revoked",
  issuer_unavailable: "the token's issuer cannot be reached to verify it",
  not_sender_constrained: "the token is not bound to a key: send it as a bearer token",
  invalid_dpop_proof: "the DPoP proof is missing, or does not fit this request and token",
  dpop_nonce_required: "the DPoP proof must carry the nonce of the DPoP-Nonce header",
  proofs_exhausted: "too many DPoP proofs are being remembered: try again shortly",
  revocations_stale: "revocations cannot be checked at the moment",
};

const UNAVAILABLE: ReadonlySet<TokenRefusal> = new Set([
  "issuer_unavailable",
  "proofs_exhausted",
  "revocations_stale",
]);

/** Not the caller's fault: the same token may pass in a moment. */
export function isUnavailable(refusal: TokenRefusal): boolean {
  return UNAVAILABLE.has(refusal);
}

export function describeRefusal(refusal: TokenRefusal): string {
  return DESCRIPTIONS[refusal];
}

/** Where a client learns who issues tokens for this resource (RFC 9728 §5.1). */
export function resourceMetadataUrl(publicUrl: string): string {
  return `${publicUrl}/.well-known/oauth-protected-resource`;
}

/** 401 for a request without credentials: no error code, as RFC 6750 §3.1 asks. */
export function credentialsRequired(publicUrl: string): GatewayError {
  return new GatewayError("invalid_token", "a bearer token is required", {
    headers: { "WWW-Authenticate": `Bearer resource_metadata="${resourceMetadataUrl(publicUrl)}"` },
  });
}

/** 401 (or 503 where the fault is not the caller's) for a token that was not accepted. */
export function tokenRefused(publicUrl: string, refusal: TokenRefusal): GatewayError {
  const description = describeRefusal(refusal);
  if (isUnavailable(refusal)) {
    return new GatewayError("identity_unavailable", description, { headers: { "Retry-After": "5" } });
  }
  return new GatewayError("invalid_token", description, {
    headers: {
      "WWW-Authenticate":
        `Bearer error="invalid_token", error_description="${description}", ` +
        `resource_metadata="${resourceMetadataUrl(publicUrl)}"`,
    },
  });
}

/** 403 that names the scope which would have been enough (RFC 6750 §3.1). */
export function insufficientScope(publicUrl: string, scope: string): GatewayError {
  return new GatewayError("insufficient_scope", `this needs the scope ${scope}`, {
    headers: {
      "WWW-Authenticate":
        `Bearer error="insufficient_scope", error_description="this needs the scope ${scope}", ` +
        `scope="${scope}", resource_metadata="${resourceMetadataUrl(publicUrl)}"`,
    },
  });
}
