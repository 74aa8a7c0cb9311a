import { GatewayError } from "../core/errors.ts";
import { PROOF_ALGORITHMS } from "../core/ports/dpop.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import type { TokenScheme } from "./bearer.ts";

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
  issuer_spelling:
    "the token's issuer is configured here with another end: they differ by a trailing slash only, write it as the token does",
  unknown_key: "the token's signature could not be verified",
  bad_signature: "the token's signature could not be verified",
  missing_claim: "the token lacks a claim that is required",
  bad_identifier: "the token's identifiers are not acceptable",
  expired: "the token has expired",
  not_yet_valid: "the token is not valid yet: check the clocks",
  wrong_audience: "the token was issued for another audience",
  audience_spelling:
    "the token's audience is configured here with another end: they differ by a trailing slash only, write it as the token does",
  sender_constrained: "the token is bound to a key and cannot be used as a plain bearer token",
  revoked: "the token has been revoked",
  issuer_unavailable: "the token's issuer cannot be reached to verify it",
  used_before: "the token is good for one use, and was used before: sign another",
  uses_unrecorded: "the use of the token cannot be recorded at the moment",
  too_long_lived: "the token lives longer than its kind may: at most five minutes",
  foreign_refused: "the identity provider did not accept the token",
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
  "uses_unrecorded",
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

/** What was sent: it decides which challenge comes first and carries the error. */
export interface Presented {
  readonly scheme: TokenScheme;
  /** A nonce for the next proof, where one is asked for (RFC 9449 §9). */
  readonly nonce?: string;
}

const AS_BEARER: Presented = { scheme: "Bearer" };

/** 401 for a request without credentials: no error code, as RFC 6750 §3.1 asks. */
export function credentialsRequired(publicUrl: string): GatewayError {
  return new GatewayError("invalid_token", "a bearer token is required", {
    headers: { "WWW-Authenticate": challenge(publicUrl, "Bearer", {}) },
  });
}

/** 401 (or 503 where the fault is not the caller's) for a token that was not accepted. */
export function tokenRefused(
  publicUrl: string,
  refusal: TokenRefusal,
  { scheme, nonce }: Presented = AS_BEARER,
): GatewayError {
  const description = describeRefusal(refusal);
  if (isUnavailable(refusal)) {
    return new GatewayError("identity_unavailable", description, { headers: { "Retry-After": "5" } });
  }
  const code = PROOF_ERRORS.get(refusal) ?? "invalid_token";
  return new GatewayError(code, description, {
    headers: {
      "WWW-Authenticate": challenge(publicUrl, scheme, { error: code, error_description: description }),
      ...(nonce === undefined ? {} : { "DPoP-Nonce": nonce }),
    },
  });
}

/** RFC 9449 §12.2: refusals of the proof, not of the token, have names of their own. */
const PROOF_ERRORS: ReadonlyMap<TokenRefusal, "invalid_dpop_proof" | "use_dpop_nonce"> = new Map([
  ["invalid_dpop_proof", "invalid_dpop_proof"],
  ["dpop_nonce_required", "use_dpop_nonce"],
]);

/** 403 that names the scope which would have been enough (RFC 6750 §3.1). */
export function insufficientScope(
  publicUrl: string,
  scope: string,
  { scheme }: Presented = AS_BEARER,
): GatewayError {
  const description = `this needs the scope ${scope}`;
  const parameters = { error: "insufficient_scope", error_description: description, scope };
  return new GatewayError("insufficient_scope", description, {
    headers: { "WWW-Authenticate": challenge(publicUrl, scheme, parameters) },
  });
}

/** Both schemes are offered (RFC 9449 §7.2); the one that was used stands first, with what was wrong. */
function challenge(
  publicUrl: string,
  scheme: TokenScheme,
  parameters: Readonly<Record<string, string>>,
): string {
  const common = { resource_metadata: resourceMetadataUrl(publicUrl) };
  const dpop = { algs: PROOF_ALGORITHMS.join(" "), ...common };
  return scheme === "Bearer"
    ? `${written("Bearer", { ...parameters, ...common })}, ${written("DPoP", dpop)}`
    : `${written("DPoP", { ...parameters, ...dpop })}, ${written("Bearer", common)}`;
}

/** Values are our own words: no quote to escape. */
function written(scheme: TokenScheme, parameters: Readonly<Record<string, string>>): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${list.join(", ")}`;
}
