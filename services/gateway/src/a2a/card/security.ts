import { resourceMetadataUrl } from "../../http/challenge.ts";

/** What the operations need, in the words of a card. */
const SCOPES = {
  "a2a:send": "Send messages to agents, cancel tasks, ask for notices",
  "a2a:read": "Read one's tasks and follow them",
};
/** The names of the schemes in our cards. */
const OAUTH = "attach";
const BEARER = "bearer";

const describe = (publicUrl: string) =>
  `A token of this gateway (RFC 8693: exchange your own at ${publicUrl}/oauth/token). Metadata: ${resourceMetadataUrl(publicUrl)}`;

/** Only where it is https, as the specification wants it (§4.5.4). */
const metadata = (publicUrl: string) =>
  publicUrl.startsWith("https:")
    ? { oauth2MetadataUrl: `${publicUrl}/.well-known/oauth-authorization-server` }
    : {};

/** How to come in, in place of whatever the agent asks of the gateway (A2A 1.0 §4.5). */
export function security(publicUrl: string) {
  const tokenUrl = `${publicUrl}/oauth/token`;
  return {
    securitySchemes: {
      [BEARER]: { httpAuthSecurityScheme: { scheme: "Bearer", bearerFormat: "JWT" } },
      [OAUTH]: {
        oauth2SecurityScheme: {
          description: describe(publicUrl),
          flows: { clientCredentials: { tokenUrl, scopes: SCOPES } },
          ...metadata(publicUrl),
        },
      },
    },
    securityRequirements: [requirement(Object.keys(SCOPES)), { schemes: { [BEARER]: { list: [] } } }],
  };
}

/** The same in the words of 0.3. */
export function legacySecurity(publicUrl: string) {
  return {
    securitySchemes: {
      [BEARER]: { type: "http", scheme: "Bearer", bearerFormat: "JWT" },
      [OAUTH]: {
        type: "oauth2",
        description: describe(publicUrl),
        flows: { clientCredentials: { tokenUrl: `${publicUrl}/oauth/token`, scopes: SCOPES } },
        ...metadata(publicUrl),
      },
    },
    security: [legacyRequirement(Object.keys(SCOPES)), { [BEARER]: [] }],
  };
}

export const requirement = (scopes: readonly string[]) => ({ schemes: { [OAUTH]: { list: scopes } } });
export const legacyRequirement = (scopes: readonly string[]) => ({ [OAUTH]: scopes });
