import { AttachError } from "./errors.ts";
import { parseUrl } from "./target.ts";

/**
 * Set to `true` in the options to speak plain http to a gateway on another machine. Tokens then cross the network in the
 * clear: only for a network that is trusted as a whole. A symbol, so that no configuration file can set it by accident.
 */
export const allowInsecure: unique symbol = Symbol("attach: allow plain http to another machine");

const DEFAULT_GATEWAY = "http://localhost:8080";

/**
 * Where the gateway is: the option, else `ATTACH_GATEWAY_URL`, else http://localhost:8080.
 * @throws AttachError `invalid_argument` for what is not an origin; `insecure_gateway` for plain http to another machine
 */
export function readGatewayUrl(option: string | URL | undefined, insecure: boolean): URL {
  const text = String(option ?? (fromEnvironment() || DEFAULT_GATEWAY));
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new AttachError("invalid_argument", "gatewayUrl must be an absolute http or https URL");
  }
  if (
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== "" ||
    url.password !== ""
  ) {
    throw new AttachError(
      "invalid_argument",
      `gatewayUrl must be an origin such as ${url.origin}, without path, query or credentials`,
    );
  }
  if (!insecure && !isSecureUrl(url)) {
    throw new AttachError(
      "insecure_gateway",
      `${url.origin} would carry tokens in the clear: use https, or the allowInsecure option on a trusted network`,
    );
  }
  return url;
}

/** https, or plain http to this machine. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** Node, Deno and Bun have it, Deno only where it is allowed; browsers and edge runtimes do not. */
function fromEnvironment(): string | undefined {
  const scope = globalThis as { process?: { env?: Record<string, string | undefined> } };
  try {
    return scope.process?.env?.["ATTACH_GATEWAY_URL"];
  } catch {
    return undefined;
  }
}

/**
 * By the host as the URL parser normalised it: 0x7f.1 is 127.0.0.1 here, and a name cannot end in a number. Not
 * `*.localhost`, which some resolvers ask the network for.
 */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
