import type { FastifyInstance, onRequestHookHandler } from "fastify";
import { GatewayError } from "../core/errors.ts";
import type { IdentityVerifier, Verification } from "../core/ports/identity.ts";
import type { Principal } from "../core/principal.ts";
import { type CredentialRefusal, readBearer } from "./bearer.ts";
import { credentialsRequired, tokenRefused } from "./challenge.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who the request comes from. Set by `authenticate`; only routes in a protected scope have it. */
    principal: Principal;
  }
}

export interface AuthenticateOptions {
  readonly identity: IdentityVerifier;
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
function authenticate({ identity, publicUrl }: AuthenticateOptions): onRequestHookHandler {
  return (request, _reply, done) => {
    const credentials = readBearer(request.raw.rawHeaders);
    if (!credentials.ok) {
      done(credentialError(publicUrl, credentials.reason));
      return;
    }
    const admit = (judged: Verification): void => {
      if (!judged.ok) {
        done(tokenRefused(publicUrl, judged.reason));
        return;
      }
      request.principal = judged.value;
      done();
    };
    const verification = identity.verifyBearer(credentials.value);
    if (verification instanceof Promise) verification.then(admit, done);
    else admit(verification);
  };
}

function credentialError(publicUrl: string, reason: CredentialRefusal): GatewayError {
  if (reason === "repeated") return new GatewayError("bad_request", "more than one Authorization header");
  if (reason === "malformed") return tokenRefused(publicUrl, "malformed");
  return credentialsRequired(publicUrl);
}
