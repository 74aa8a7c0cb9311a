/** The realm that tests import into Keycloak: two users, realm roles, a public client for people and a machine. */

/** What an audience mapper writes into every access token: Keycloak names no resource by itself. */
export const KEYCLOAK_AUDIENCE = "attach-gateway";
/** A person's: device flow, and passwords so that a test needs no browser. */
export const KEYCLOAK_CLIENT = "attach-cli";
/** A machine's. */
export const KEYCLOAK_MACHINE = { client_id: "nightly-job", client_secret: "a-secret-of-this-test" } as const;
export const KEYCLOAK_USERS = {
  alice: { username: "alice", password: "alice-of-this-test" },
  bob: { username: "bob", password: "bob-of-this-test" },
} as const;
/** Realm roles: Alice has both, Bob the second. */
export const KEYCLOAK_ROLES = { admin: "gateway-admin", analyst: "analyst" } as const;

export function realm(): object {
  const audience = {
    name: "gateway audience",
    protocol: "openid-connect",
    protocolMapper: "oidc-audience-mapper",
    config: {
      "included.custom.audience": KEYCLOAK_AUDIENCE,
      "access.token.claim": "true",
      "id.token.claim": "false",
    },
  };
  const client = { protocol: "openid-connect", enabled: true, protocolMappers: [audience] };
  return {
    realm: "attach",
    enabled: true,
    sslRequired: "none",
    // Seconds between two polls of a device log-in; five would be its own choice.
    oauth2DevicePollingInterval: 1,
    roles: { realm: Object.values(KEYCLOAK_ROLES).map((name) => ({ name })) },
    users: [
      user("alice", [KEYCLOAK_ROLES.admin, KEYCLOAK_ROLES.analyst]),
      user("bob", [KEYCLOAK_ROLES.analyst]),
    ],
    clients: [
      {
        ...client,
        clientId: KEYCLOAK_CLIENT,
        publicClient: true,
        directAccessGrantsEnabled: true,
        standardFlowEnabled: true,
        redirectUris: ["http://127.0.0.1/*"],
        attributes: { "oauth2.device.authorization.grant.enabled": "true" },
      },
      {
        ...client,
        clientId: KEYCLOAK_MACHINE.client_id,
        secret: KEYCLOAK_MACHINE.client_secret,
        publicClient: false,
        serviceAccountsEnabled: true,
        standardFlowEnabled: false,
      },
    ],
  };
}

function user(name: keyof typeof KEYCLOAK_USERS, realmRoles: readonly string[]): object {
  const { username, password } = KEYCLOAK_USERS[name];
  return {
    username,
    enabled: true,
    email: `${username}@example.test`,
    emailVerified: true,
    firstName: username,
    lastName: "Example",
    credentials: [{ type: "password", value: password, temporary: false }],
    // The realm's default roles too, as whoever is not imported has them: `offline_access` is one of them.
    realmRoles: [...realmRoles, "default-roles-attach"],
  };
}
