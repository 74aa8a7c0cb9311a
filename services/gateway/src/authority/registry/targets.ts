/** An absolute URI without a fragment, of visible ASCII (RFC 8707 §2); names no user. */
export function isTarget(value: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(value) || value.includes("#") || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}

/** Where requests may be sent: http or https, to a host. Which hosts is judged when one is sent (S18). */
export function isEndpointUrl(value: string): boolean {
  return isTarget(value) && /^https?:\/\/[^/]/i.test(value);
}

/** Is it the gateway itself, or a place on it? Whoever could claim that could pass for us. */
export function isOurs(value: string, publicUrl: string): boolean {
  return new URL(value).origin === new URL(publicUrl).origin;
}
