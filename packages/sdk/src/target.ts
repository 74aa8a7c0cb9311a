import { AttachError } from "./errors.ts";

/**
 * The URL a call goes to, resolved once against the gateway. What is judged here is what is fetched: nothing reads the
 * caller's text a second time.
 * @throws AttachError `foreign_origin` for any other origin; `invalid_argument` for what is not a URL
 */
export function resolveTarget(input: string, gateway: URL): URL {
  const url = parseUrl(input, gateway);
  if (url === undefined) throw new AttachError("invalid_argument", "the URL cannot be parsed");
  if (!isOn(gateway, url)) {
    throw new AttachError(
      "foreign_origin",
      `an agent's token goes only to ${gateway.origin}: use a path, or a fetch of your own for another host`,
    );
  }
  return url;
}

/**
 * Scheme and host, not `origin`: a `blob:` URL has the origin of the page that made it. Credentials in a URL would compete
 * with the token.
 */
export function isOn(gateway: URL, url: URL): boolean {
  return (
    url.protocol === gateway.protocol &&
    url.host === gateway.host &&
    url.username === "" &&
    url.password === ""
  );
}

/** As `URL.parse`, which not every runtime has yet. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
