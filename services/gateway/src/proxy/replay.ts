import { isTimeout, neverConnected } from "./failure.ts";
import { Upload } from "./upload.ts";

/** A request's body on its way to an upstream. */
export type RequestBody = Buffer | Upload | null;

/** Methods that ask for nothing to be done (RFC 9110 §9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * May a request that got no answer be sent to another upstream? Where nothing of it was sent; or where it asks for nothing to be
 * done, and its upstream has not only been silent. An inference call that was sent may be at work, and be paid for: never.
 */
export function mayFailOver(method: string, body: RequestBody, cause: Error): boolean {
  if (!wasNotSent(body)) return false;
  return neverConnected(cause) || (SAFE.has(method) && body === null && !isTimeout(cause));
}

/** Is all of the body still here? */
export function wasNotSent(body: RequestBody): boolean {
  return !(body instanceof Upload) || body.bytes === 0;
}

/** The upstream says that it has not done what it was asked, and that another might: too many requests, or unavailable. */
export function isTurnedAway(status: number): boolean {
  return status === 503 || status === 429;
}

/** The same body for another upstream. A stream that was not begun is begun anew, since undici has destroyed the first. */
export function sendAgain(body: RequestBody): RequestBody {
  return body instanceof Upload ? body.anew() : body;
}
