import type { ClientMetadata } from "oidc-provider";
import type { DevAlgorithm } from "./keys.ts";

/** The public client that is always there: command line tools, demos and tests sign in with it. */
export const DEV_CLIENT_ID = "attach-cli";

/** Where `DEV_CLIENT_ID` may be sent back to: this path on any loopback port (RFC 8252 §7.3). */
export const CALLBACK_PATH = "/callback";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function devClient(alg: DevAlgorithm): ClientMetadata {
  return {
    client_id: DEV_CLIENT_ID,
    client_name: "Attach (this machine)",
    application_type: "native",
    // No secret: a native app cannot keep one. PKCE is required instead (RFC 8252 §8.4).
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token", DEVICE_GRANT],
    response_types: ["code"],
    redirect_uris: ["127.0.0.1", "localhost", "[::1]"].map((host) => `http://${host}${CALLBACK_PATH}`),
    id_token_signed_response_alg: alg,
  };
}
