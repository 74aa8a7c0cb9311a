import { isLoopbackUrl } from "../../config/address.ts";
import { isJsonObject, type JsonObject } from "../../core/strict-json.ts";
import { type DiscoveryOptions, discoveryAddress } from "../../identity/oidc/discovery.ts";
import { CliError } from "../cli-error.ts";
import type { Send } from "../send.ts";

/** What the device flow needs of a provider. */
export interface Provider {
  readonly deviceEndpoint: string;
  readonly tokenEndpoint: string;
  /** Does it say that it checks PKCE by S256? */
  readonly pkce: boolean;
  /** Does it say that it gives refresh tokens by `offline_access`? */
  readonly offlineAccess: boolean;
}

/**
 * Asks the issuer where its endpoints are (OpenID Connect Discovery §4, RFC 8628 §4).
 * @throws CliError that says what is missing and where to turn it on
 */
export async function discoverProvider(options: DiscoveryOptions, send: Send): Promise<Provider> {
  const { issuer } = options;
  let address: string;
  try {
    address = discoveryAddress(options).href;
  } catch (error) {
    throw new CliError((error as Error).message, { usage: true });
  }
  const answer = await send(address);
  if (!answer.ok) throw new CliError(`${address} ${answer.reason}`);
  const { status, body } = answer.value;
  if (status !== 200 || !isJsonObject(body))
    throw new CliError(`${address} answered with status ${status} and no metadata: is this the issuer?`);
  checkIssuer(issuer, body);
  const endpoint = (name: string) => trustedEndpoint(body[name], options);
  const deviceEndpoint = endpoint("device_authorization_endpoint");
  const tokenEndpoint = endpoint("token_endpoint");
  if (deviceEndpoint === undefined)
    throw new CliError(
      `${issuer} offers no device log-in (RFC 8628): allow the device grant there, or give the token by ATTACH_USER_TOKEN`,
    );
  if (tokenEndpoint === undefined) throw new CliError(`${issuer} names no usable token endpoint`);
  return {
    deviceEndpoint,
    tokenEndpoint,
    pkce: lists(body, "code_challenge_methods_supported", "S256"),
    offlineAccess: lists(body, "scopes_supported", "offline_access"),
  };
}

function checkIssuer(issuer: string, { issuer: found }: JsonObject): void {
  if (found === issuer) return;
  const plain = (text: string) => text.replace(/\/$/, "");
  const slash = typeof found === "string" && plain(found) === plain(issuer);
  throw new CliError(
    `the issuer calls itself ${JSON.stringify(found ?? null).slice(0, 255)}, not ${JSON.stringify(issuer)}${slash ? ": mind the slash at the end" : ""}`,
  );
}

/** https, or plain http where the issuer itself may be plain: what is sent there opens a session. */
function trustedEndpoint(value: unknown, { issuer, allowInsecure }: DiscoveryOptions): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const { protocol, username, password } = new URL(value);
  if (username !== "" || password !== "") return undefined;
  if (protocol === "https:") return value;
  const plain = allowInsecure || (isLoopbackUrl(issuer) && isLoopbackUrl(value));
  return protocol === "http:" && plain ? value : undefined;
}

function lists(document: JsonObject, name: string, value: string): boolean {
  const list = document[name];
  return Array.isArray(list) && list.includes(value);
}
