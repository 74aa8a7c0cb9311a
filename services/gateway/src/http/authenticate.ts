import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { GatewayError } from "../core/errors.ts";
import type { DpopVerifier, ProofRefusal } from "../core/ports/dpop.ts";
import type { IdentityVerifier, Verification } from "../core/ports/identity.ts";
import type { Principal } from "../core/principal.ts";
import { type CredentialRefusal, readCredentials } from "./bearer.ts";
import { credentialsRequired, tokenRefused } from "./challenge.ts";
import { headerValues } from "./header-values.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who the request comes from. Set by `authenticate`; only routes in a protected scope have it. */
    principal: Principal;
  }
}

export interface AuthenticateOptions {
  readonly identity: IdentityVerifier;
  readonly dpop: DpopVerifier;
  readonly publicUrl: string;
}

/**
 * First station: everything registered on this instance from here on needs a verified token. A route is protected by
 * where it stands, not by a test of its URL.
 */
export function protect(app: FastifyInstance, options: AuthenticateOptions): void {
  app.decorateRequest("principal");
  app.addHook("onRequest", authenticate(options));
}

/** Calls on at once for a remembered token: no promise on the hot path. */
function authenticate(options: AuthenticateOptions): onRequestHookHandler {
  const { identity, publicUrl } = options;
  return (request, reply, done) => {
    const credentials = readCredentials(request.raw.rawHeaders);
    if (!credentials.ok) {
      done(credentialError(publicUrl, credentials.reason));
      return;
    }
    const { scheme, token } = credentials.value;
    const admit = (judged: Verification): void => {
      if (!judged.ok) {
        done(tokenRefused(publicUrl, judged.reason, { scheme }));
        return;
      }
      const { value: principal } = judged;
      const conclude = (fault: GatewayError | undefined): void => {
        if (fault === undefined) request.principal = principal;
        done(fault);
      };
      const fault = scheme === "DPoP" ? checkProof({ request, reply, token }, principal, options) : undefined;
      if (fault instanceof Promise) fault.then(conclude, done);
      else conclude(fault);
    };
    const verification = scheme === "DPoP" ? identity.verifyBound(token) : identity.verifyBearer(token);
    if (verification instanceof Promise) verification.then(admit, done);
    else admit(verification);
  };
}

/** RFC 9449 §7.1: a bound token opens nothing without a proof by its key, made for this request. */
function checkProof(
  { request, reply, token }: { request: FastifyRequest; reply: FastifyReply; token: string },
  { jkt }: Principal,
  { dpop, publicUrl }: AuthenticateOptions,
): GatewayError | undefined | Promise<GatewayError | undefined> {
  if (jkt === null) return tokenRefused(publicUrl, "not_sender_constrained", { scheme: "DPoP" });
  const { rawHeaders, method = "", url = "" } = request.raw;
  const proofs = headerValues(rawHeaders, "dpop");
  const proved = dpop.verifyAtResource({ proofs, method, target: url }, { text: token, jkt });
  if (proved.ok) {
    // On the raw response, because the relay writes past Fastify's reply.
    if (dpop.demandsNonce) reply.raw.setHeader("DPoP-Nonce", dpop.nonce());
    const confirm = proved.value;
    return confirm === undefined
      ? undefined
      : confirm().then((refusal) => (refusal === undefined ? undefined : refused(refusal)));
  }
  return refused(proved.reason);

  function refused(reason: ProofRefusal): GatewayError {
    const isNonceWanted = dpop.demandsNonce || reason === "dpop_nonce_required";
    const nonce = isNonceWanted ? { nonce: dpop.nonce() } : {};
    return tokenRefused(publicUrl, reason, { scheme: "DPoP", ...nonce });
  }
}

function credentialError(publicUrl: string, reason: CredentialRefusal): GatewayError {
  if (reason === "repeated") return new GatewayError("bad_request", "more than one Authorization header");
  if (reason === "malformed") return tokenRefused(publicUrl, "malformed");
  return credentialsRequired(publicUrl);
}
