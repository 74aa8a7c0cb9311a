import type { OAuthErrorBody, OAuthErrorCode } from "@attach-dev/protocol";
import type { FastifyReply } from "fastify";
import type { ProofRefusal } from "../core/ports/dpop.ts";
import type { WalletRefusal } from "../core/ports/wallet-login.ts";
import { describeRefusal, isUnavailable, resourceMetadataUrl } from "../http/challenge.ts";
import type { AuthorityRefusal } from "./refusal.ts";

interface OAuthError {
  readonly status: number;
  readonly error: OAuthErrorCode;
  readonly description: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

const invalidRequest = (description: string): OAuthError => ({
  status: 400,
  error: "invalid_request",
  description,
});
const invalidClient = (description: string): OAuthError => ({
  status: 401,
  error: "invalid_client",
  description,
});
const invalidGrant = (description: string): OAuthError => ({
  status: 400,
  error: "invalid_grant",
  description,
});
const invalidScope = (description: string): OAuthError => ({
  status: 400,
  error: "invalid_scope",
  description,
});

/**
 * A refusal by the names of RFC 6749 §5.2, RFC 8693 §2.2.2 and RFC 8707 §2. An unacceptable subject token is
 * `invalid_request` there, not `invalid_grant`. Exhaustive: a new refusal has to be given its name here.
 */
export function toOAuthError(refusal: AuthorityRefusal): OAuthError {
  switch (refusal.kind) {
    case "malformed_request":
      return invalidRequest(refusal.detail);
    case "form_too_large":
      return { ...invalidRequest("the form is too large"), status: 413 };
    case "method_not_allowed":
      return { ...invalidRequest("only POST is answered here"), status: 405 };
    case "missing_parameter":
      return invalidRequest(`the parameter ${refusal.name} is missing`);
    case "unsupported_parameter":
      return invalidRequest(`the parameter ${refusal.name} is not supported`);
    case "unsupported_grant":
      return { status: 400, error: "unsupported_grant_type", description: "this grant type is not offered" };
    case "client_unidentified":
      return invalidRequest("the parameter client_id is missing: it names the agent");
    case "client_malformed":
      return invalidClient("client_id is 1 to 255 visible ASCII characters, sent in one place");
    case "client_unregistered":
      return invalidClient("no agent of this id is registered");
    case "client_credential_unknown":
      return invalidClient("this agent is not registered with the credential that was sent");
    case "client_credential_missing":
      return invalidClient("this agent is registered, and authenticates as it was registered");
    case "client_credential_wrong":
      return invalidClient("the credential is not the one this agent was registered with");
    case "client_assertion_refused":
      return invalidClient(`client_assertion: ${describeAssertion(refusal.reason)}`);
    case "client_suspended":
      return invalidClient("this agent is suspended");
    case "introspection_unauthenticated":
      return invalidClient("introspection is for registered resource servers, which authenticate");
    case "client_has_no_account":
      return invalidClient("client_credentials is for registered agents, which authenticate");
    case "subject_type":
      return invalidRequest("subject_token_type is not one that is accepted");
    case "subject_refused":
      return subjectRefused(refusal.refusal);
    case "proof_refused":
      return proofRefused(refusal.refusal);
    // RFC 8693 §2.2.2: an actor, or a pair of subject and actor, that policy does not accept is `invalid_request` as well.
    case "actor_type":
      return invalidRequest("actor_token_type comes with an actor_token, and is jwt or access_token");
    case "actor_refused":
      return invalidRequest(`actor_token: ${describeAssertion(refusal.reason)}`);
    case "requested_actor_refused":
      return invalidRequest("requested_actor is an agent that the caller hands its own token on to");
    case "actor_not_permitted":
      return invalidRequest("the subject token names another actor in may_act");
    case "delegation_not_permitted":
      return invalidRequest(`${shown(refusal.from)} may not delegate to ${shown(refusal.to)}`);
    case "chain_cycle":
      return invalidRequest(
        `${shown(refusal.agent)} is in the chain already: a token is renewed by naming its delegation`,
      );
    case "chain_too_deep":
      return invalidRequest(`the chain would be deeper than ${refusal.max}`);
    case "chain_broken":
      return invalidRequest("an agent of the chain is suspended or no longer registered");
    case "renewal_unproven":
      return invalidRequest(
        "a plain bearer token does not renew itself: present the user's token, a DPoP proof, or a client credential",
      );
    case "grant_ended":
      return invalidRequest("the user's grant to this agent has ended or was taken back");
    case "policy_refused":
      return invalidRequest("a policy of this gateway does not allow it");
    case "wallet_refused":
      return invalidGrant(describeWallet(refusal.refusal));
    case "requested_type":
      return invalidRequest("requested_token_type is not one that is issued");
    case "target_unknown":
      return {
        status: 400,
        error: "invalid_target",
        description: "resource and audience name one target: this gateway, or a resource the agent may use",
      };
    case "scope_malformed":
      return invalidScope("scope is malformed");
    case "scope_exceeded":
      return invalidScope(`not within what may be granted: ${listed(refusal.withheld)}`);
    case "scope_empty":
      return invalidScope("nothing that was asked for may be granted");
    case "lifetime_out_of_range":
      return invalidRequest(`ttl is a whole number of seconds from ${refusal.min} to ${refusal.max}`);
    // Renewal: what was granted is at its end, whatever the subject token is worth (RFC 6749 §5.2).
    case "delegation_unknown":
      return invalidGrant("the delegation is not one of this user and agent");
    case "delegation_revoked":
      return invalidGrant("the delegation has been revoked");
    case "delegation_ended":
      return invalidGrant("the delegation has reached the end of its session and cannot be renewed");
    case "token_of_another_client":
      return {
        status: 400,
        error: "unauthorized_client",
        description: "the token was issued to another client",
      };
    case "introspection_not_granted":
      return {
        status: 403,
        error: "unauthorized_client",
        description: "this client is not registered as one that may introspect",
      };
    case "store_unavailable":
      return {
        status: 503,
        error: "server_error",
        description: "the request could not be recorded",
        retryAfter: 1,
      };
    case "internal":
      return { status: 500, error: "server_error", description: "the gateway failed to handle the request" };
  }
}

function subjectRefused(
  refusal: Extract<AuthorityRefusal, { kind: "subject_refused" }>["refusal"],
): OAuthError {
  // Bound to another key than the one that was proved.
  if (refusal === "invalid_dpop_proof") return proofRefused(refusal);
  const description = describeRefusal(refusal);
  if (!isUnavailable(refusal)) return invalidRequest(`subject_token: ${description}`);
  return { status: 503, error: "temporarily_unavailable", description, retryAfter: 5 };
}

/** RFC 9449 §5, §8. */
function proofRefused(refusal: ProofRefusal): OAuthError {
  const description = describeRefusal(refusal);
  if (refusal === "dpop_nonce_required") return { status: 400, error: "use_dpop_nonce", description };
  if (refusal === "invalid_dpop_proof") return { status: 400, error: "invalid_dpop_proof", description };
  return { status: 503, error: "temporarily_unavailable", description, retryAfter: 5 };
}

type StatementRefusal =
  | Extract<AuthorityRefusal, { kind: "client_assertion_refused" }>["reason"]
  | Extract<AuthorityRefusal, { kind: "actor_refused" }>["reason"];

/** What a client is told of a statement that it signed itself. */
function describeAssertion(reason: StatementRefusal): string {
  switch (reason) {
    case "too_long_lived":
      return "it lives too long";
    case "not_of_itself":
      return "iss and sub must both be the client's id";
    case "used_before":
      return "it was used before";
    case "not_the_client":
      return "it is not of the client that sent it";
    case "too_old":
      return "it was issued too long ago";
    case "missing_claim":
      return "it needs iss, sub, aud, exp and jti";
    case "wrong_audience":
      return "its aud must be this issuer, and nothing else";
    default:
      return describeRefusal(reason);
  }
}

/** What a wallet's owner is told. */
function describeWallet(refusal: WalletRefusal): string {
  switch (refusal) {
    case "malformed":
      return "the message is not one of EIP-4361 with a 65-byte signature, to the letter";
    case "wrong_domain":
      return "the message was signed for another site: domain and URI are this gateway's";
    case "unknown_nonce":
      return "the nonce is not one of ours, has ended, or was used: ask for another";
    case "expired":
      return "the message has expired";
    case "not_yet_valid":
      return "the message is not valid yet: check the clocks";
    case "bad_signature":
      return "the signature is not that of the account";
    case "not_allowed":
      return "this account may not log in here";
  }
}

/** An id as a description may hold it (RFC 6749 §5.2): visible ASCII but the quote and the backslash. */
const shown = (id: string) => id.replace(/["\\]/g, "?");

const MAX_LISTED = 8;

/** Scope tokens are within the characters that an error description may have (RFC 6749 §5.2); their number is bounded. */
function listed(scopes: readonly string[]): string {
  const shown = scopes.slice(0, MAX_LISTED).map((scope) => scope.slice(0, 160));
  return shown.join(" ") + (scopes.length > MAX_LISTED ? ", and more" : "");
}

/** Writes a refusal in the form of RFC 6749 §5.2. A 401 says how a client identifies itself (RFC 9110 §15.5.2). */
export function sendOAuthError(
  reply: FastifyReply,
  refusal: AuthorityRefusal,
  publicUrl: string,
): FastifyReply {
  const { status, error, description, retryAfter } = toOAuthError(refusal);
  if (status === 401) {
    const metadata = resourceMetadataUrl(publicUrl);
    reply.header("WWW-Authenticate", `Basic realm="${publicUrl}", resource_metadata="${metadata}"`);
  }
  if (status === 405) reply.header("Allow", "POST");
  if (retryAfter !== undefined) reply.header("Retry-After", String(retryAfter));
  const body: OAuthErrorBody = { error, error_description: description };
  return reply.code(status).type("application/json").send(JSON.stringify(body));
}
