import { isIP } from "node:net";

/** Is this host, as `HOST` or a URL spells it, this machine and no other? Names other than localhost's are not. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const name = bare.toLowerCase();
  if (isIP(name) === 4) return name.startsWith("127.");
  if (isIP(name) === 6) return name === "::1" || /^::ffff:127\.\d+\.\d+\.\d+$/.test(name);
  return name === "localhost";
}

/** Is this http or https URL on this machine? */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

/** An origin, and on loopback its other names: whoever is on this machine may call it by any of them. */
export function spellingsOf(origin: string): readonly string[] {
  const { protocol, port, hostname } = new URL(origin);
  if (!isLoopback(hostname)) return [origin];
  const suffix = port === "" ? "" : `:${port}`;
  const others = ["localhost", "127.0.0.1", "[::1]"].map((host) => `${protocol}//${host}${suffix}`);
  return [...new Set([origin, ...others])];
}

/** What is wrong with a URL that must be plain http or https, without credentials and fragment. */
export function faultOfUrl(value: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) return "must be a URL";
  const url = new URL(value);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "must begin with http:// or https://";
  if (!/^https?:\/\/[^/\\]/i.test(value)) return "must be a URL";
  if (url.username !== "" || url.password !== "" || /^https?:\/\/[^/?#]*@/i.test(value))
    return "must not carry a user name or password";
  if (url.hostname.includes("*")) return "must be an exact address, without *";
  if (value.includes("#")) return "must not have a fragment (#)";
  return undefined;
}

/** What is wrong with an origin: scheme, host and port, and at most a slash at the end. */
export function faultOfOrigin(value: string): string | undefined {
  const fault = faultOfUrl(value);
  if (fault !== undefined) return fault;
  const url = new URL(value);
  if (value.includes("?")) return "must not have a query (?)";
  if (url.pathname !== "/" || value.includes("\\")) return `must not have a path ("${url.pathname}")`;
  return undefined;
}

/**
 * What is wrong with an engine's address: an origin, perhaps with a plain path before everything. Segments that the scope table
 * knows are refused there: behind `/v1`, a request for `/files` would pass the table as an unknown path and arrive as `/v1/files`.
 */
export function faultOfEngine(value: string): string | undefined {
  const fault = faultOfUrl(value);
  if (fault !== undefined) return fault;
  if (value.includes("?")) return "must not have a query (?)";
  const path = value.replace(/^https?:\/\/[^/]*/i, "").replace(/\/$/, "");
  if (/(^|\/)(v1|api)(\/|$)/i.test(path)) return "must not hold /v1 or /api: clients send these themselves";
  return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/.test(path) ? undefined : "must have a plain path or none";
}

/** What is wrong with an issuer (RFC 8414 §2: no query, no fragment). */
export function faultOfIssuer(value: string): string | undefined {
  const fault = faultOfUrl(value);
  if (fault !== undefined) return fault;
  return value.includes("?") ? "must not have a query (?)" : undefined;
}

/** Host name or IP address without brackets, as `listen` takes it. */
export function isHost(value: string): boolean {
  return isIP(value) !== 0 || isDomain(value);
}

export function isDomain(value: string): boolean {
  return (
    value.length <= 253 &&
    /^(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*$/.test(value) &&
    !/^[\d.]+$/.test(value)
  );
}
