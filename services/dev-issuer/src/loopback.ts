/**
 * S23: this issuer signs anybody in without a password, so nobody but this machine may reach it.
 */

const LOOPBACK_V4 = /^127(?:\.\d{1,3}){3}$/;

/** Is this an address, or the one name, that only this machine can reach? */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || LOOPBACK_V4.test(host);
}

/** @throws RangeError for any other host */
export function assertLoopback(host: string): void {
  if (!isLoopback(host)) {
    throw new RangeError(
      `the dev issuer listens on loopback only (127.0.0.1, ::1 or localhost), not on ${JSON.stringify(host)}: it signs in anybody without a password`,
    );
  }
}

/** `host:port` as it stands in a URL: IPv6 in brackets (RFC 3986 §3.2.2). */
export function authority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
