import { GRANT_CLIENT_CREDENTIALS, GRANT_TOKEN_EXCHANGE, SCOPES } from "@attach-dev/protocol";
import type { FastifyPluginAsync, FastifyReply } from "fastify";
import { ASSERTION_ALGORITHMS } from "../core/ports/assertions.ts";
import { PROOF_ALGORITHMS } from "../core/ports/dpop.ts";
import type { AuthorityOptions } from "./options.ts";

/** How long a client may go by a document, in seconds: a key is published for longer than this before it signs. */
export const FRESH_FOR_SECONDS = 300;

/** The public documents: who issues tokens here, by which keys, for what. Nothing is claimed that does not work. */
export const metadataRoutes: FastifyPluginAsync<
  Pick<AuthorityOptions, "keys" | "publicUrl" | "registration">
> = async (app, { publicUrl, keys, ...options }) => {
  const server = authorizationServer(publicUrl, options);
  const resource = protectedResource(publicUrl);
  app.get("/.well-known/oauth-authorization-server", (_request, reply) => publish(reply, server));
  // For clients that look nowhere else. The same document: no ID tokens are issued, and no log-in is offered.
  app.get("/.well-known/openid-configuration", (_request, reply) => publish(reply, server));
  app.get("/.well-known/jwks.json", (_request, reply) => publish(reply, keys.jwks()));
  // One resource so far, the gateway itself; a path would name another (RFC 9728 §3.1), and is 404.
  app.get("/.well-known/oauth-protected-resource", (_request, reply) => publish(reply, resource));
};

function publish(reply: FastifyReply, document: object): FastifyReply {
  return reply
    .header("Cache-Control", `public, max-age=${FRESH_FOR_SECONDS}`)
    .type("application/json")
    .send(JSON.stringify(document));
}

/** RFC 8414 §2, RFC 9449 §5.1, RFC 9701 §7. */
function authorizationServer(publicUrl: string, { registration }: Pick<AuthorityOptions, "registration">) {
  const proving = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
  const methods = registration === "open" ? [...proving, "none"] : proving;
  return {
    issuer: publicUrl,
    token_endpoint: `${publicUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint: `${publicUrl}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint: `${publicUrl}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: proving,
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_signing_alg_values_supported: ["ES256", "RS256"],
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    grant_types_supported: [GRANT_TOKEN_EXCHANGE, GRANT_CLIENT_CREDENTIALS],
    // Required, and empty: there is no authorization endpoint.
    response_types_supported: [],
    scopes_supported: SCOPES,
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
  };
}

/** RFC 9728 §2. */
function protectedResource(publicUrl: string) {
  return {
    resource: publicUrl,
    authorization_servers: [publicUrl],
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    dpop_bound_access_tokens_required: false,
    scopes_supported: SCOPES,
    resource_name: "Attach Gateway",
  };
}
