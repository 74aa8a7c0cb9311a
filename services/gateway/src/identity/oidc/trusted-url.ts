const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Does this address stay on this machine? */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * An address that keys may come from: https, or plain http where that was allowed by name. Anybody on the way could answer
 * plain http with a key of their own, save on loopback.
 * @returns `undefined` for anything else, user information and fragments included
 */
export function parseTrustedUrl(text: unknown, allowHttp: (url: URL) => boolean): URL | undefined {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.hash !== "") return undefined;
  if (url.protocol === "https:") return url;
  return url.protocol === "http:" && allowHttp(url) ? url : undefined;
}
