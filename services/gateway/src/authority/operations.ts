import { GRANT_TOKEN_EXCHANGE, TOKEN_TYPE } from "@attach-dev/protocol";
import { INTROSPECTION_JWT } from "./introspect.ts";

/** What the OpenAPI document says of the routes whose bodies are forms, and of the documents; their shapes are RFCs'. */

const tags = ["oauth"];
const text = { type: "string" };
const texts = { type: "array", items: text };
const seconds = { type: "integer" };
/** RFC 6749 §2.3: by the header, in the form, by an assertion, or (`AGENT_REGISTRATION=open`) by name alone. */
const security = [{ client: [] }, {}];
const CLIENT = {
  client_id: text,
  client_secret: text,
  client_assertion: text,
  client_assertion_type: text,
};
const problem = { default: { $ref: "#/components/responses/OAuthError" } };

const form = (properties: Readonly<Record<string, object>>, required: readonly string[]) => ({
  required: true,
  content: {
    "application/x-www-form-urlencoded": {
      schema: { type: "object", required, properties: { ...properties, ...CLIENT } },
    },
  },
});

const object = (properties: Readonly<Record<string, object>>, required: readonly string[]) => ({
  type: "object",
  required,
  properties,
});

const actor = {
  type: "object",
  description: "The current actor; nested, those before it (RFC 8693 §4.1).",
  additionalProperties: true,
};

const INTROSPECTION = object(
  {
    active: { type: "boolean" },
    token_type: { type: "string", enum: ["Bearer", "DPoP"] },
    iss: text,
    sub: text,
    sub_id: object({ format: text, iss: text, sub: text }, ["format", "iss", "sub"]),
    aud: text,
    client_id: text,
    jti: text,
    iat: seconds,
    exp: seconds,
    scope: text,
    act: actor,
    cnf: object({ jkt: text }, ["jkt"]),
    agent_auth: text,
    sid: text,
    dlg: text,
    root: text,
    anc: texts,
  },
  ["active"],
);

const document = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ["metadata"],
  security: [],
  responses: {
    200: { description: "The document.", content: { "application/json": { schema: { type: "object" } } } },
  },
});

export const AUTHORITY_OPERATIONS = {
  "POST /oauth/token": {
    operationId: "token",
    summary: "A token for an agent (RFC 8693), or for a service account",
    tags,
    security,
    parameters: [{ name: "DPoP", in: "header", required: false, schema: text, description: "RFC 9449." }],
    requestBody: form(
      {
        grant_type: { type: "string", enum: [GRANT_TOKEN_EXCHANGE, "client_credentials"] },
        subject_token: text,
        subject_token_type: { type: "string", enum: Object.values(TOKEN_TYPE) },
        actor_token: text,
        actor_token_type: text,
        requested_token_type: text,
        requested_actor: {
          ...text,
          description: "The agent that is to act, named by the one that delegates.",
        },
        resource: texts,
        audience: texts,
        scope: text,
        ttl: { ...text, description: "Seconds." },
        delegation: { ...text, description: "The delegation to renew." },
        dpop_jkt: {
          ...text,
          description: "The key of `requested_actor` that its token is bound to (RFC 7638).",
        },
      },
      ["grant_type"],
    ),
    responses: {
      200: {
        description: "The token (RFC 8693 §2.2.1).",
        content: {
          "application/json": {
            schema: object(
              {
                access_token: text,
                issued_token_type: text,
                token_type: { type: "string", enum: ["Bearer", "DPoP"] },
                expires_in: seconds,
                scope: text,
              },
              ["access_token", "token_type", "expires_in", "scope"],
            ),
          },
        },
      },
      ...problem,
    },
  },
  "POST /oauth/revoke": {
    operationId: "revokeToken",
    summary: "Gives a token back: kills its delegation and everything below it (RFC 7009)",
    tags,
    security,
    requestBody: form({ token: text, token_type_hint: text }, ["token"]),
    responses: { 200: { description: "It is dead, or was none of ours." }, ...problem },
  },
  "POST /oauth/introspect": {
    operationId: "introspect",
    summary: "What a token says that is addressed to the caller (RFC 7662, RFC 9701)",
    tags,
    security: [{ client: [] }],
    requestBody: form({ token: text, token_type_hint: text }, ["token"]),
    responses: {
      200: {
        description: "Its claims, or `active: false` alone.",
        content: {
          "application/json": { schema: INTROSPECTION },
          [INTROSPECTION_JWT]: { schema: text },
        },
      },
      ...problem,
    },
  },
  "POST /oauth/siwe/nonce": {
    operationId: "walletNonce",
    summary: "A nonce for a wallet to sign (EIP-4361); only where did:pkh is on",
    tags,
    security: [],
    responses: {
      200: {
        description: "What the message must say.",
        content: {
          "application/json": {
            schema: object({ nonce: text, expires_in: seconds, domain: text, uri: text, version: text }, [
              "nonce",
              "expires_in",
              "domain",
              "uri",
              "version",
            ]),
          },
        },
      },
      ...problem,
    },
  },
  "POST /oauth/siwe/verify": {
    operationId: "walletLogIn",
    summary: "A signed log-in message for a user token (EIP-4361, EIP-191)",
    tags,
    security: [],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: object({ message: text, signature: text }, ["message", "signature"]),
        },
      },
    },
    responses: {
      200: {
        description: "The user token.",
        content: {
          "application/json": {
            schema: object({ access_token: text, token_type: text, expires_in: seconds, scope: text }, [
              "access_token",
              "token_type",
              "expires_in",
              "scope",
            ]),
          },
        },
      },
      ...problem,
    },
  },
  "GET /.well-known/oauth-authorization-server": document("authorizationServer", "RFC 8414 metadata"),
  "GET /.well-known/openid-configuration": document(
    "openidConfiguration",
    "The same, for clients that look only here",
  ),
  "GET /.well-known/jwks.json": document("jwks", "The keys that tokens are signed with"),
  "GET /.well-known/oauth-protected-resource": document("protectedResource", "RFC 9728 metadata"),
};
