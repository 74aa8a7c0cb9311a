import { isJsonObject } from "../../core/strict-json.ts";
import type { Answer } from "../send.ts";

/** What a token endpoint grants (RFC 6749 §5.1). */
export interface Granted {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly refreshToken?: string;
}

/** What it refuses with (RFC 6749 §5.2); `description` is its own words, safe to show. */
export interface Refused {
  readonly error: string;
  readonly description: string;
}

/** Life of a token whose endpoint does not say, in seconds: it may be used now, and is not kept for long. */
const UNSAID_SECONDS = 60;

/** Reads a token endpoint's answer strictly. */
export function readGrant({ status, body }: Answer, now: number): Granted | Refused {
  if (!isJsonObject(body)) return { error: "invalid_response", description: `status ${status} without JSON` };
  if (status !== 200) return readRefusal(status, body);
  const { access_token, token_type, expires_in = UNSAID_SECONDS, refresh_token } = body;
  const usable = typeof access_token === "string" && /^[\x21-\x7e]{1,16384}$/.test(access_token);
  if (!usable) return { error: "invalid_response", description: "there is no usable access_token" };
  if (typeof token_type !== "string" || token_type.toLowerCase() !== "bearer")
    return { error: "invalid_response", description: "the token is not a bearer token" };
  const seconds = Number(expires_in);
  if (!(seconds > 0)) return { error: "invalid_response", description: "the token has no usable lifetime" };
  return {
    accessToken: access_token,
    expiresAt: now + seconds * 1000,
    ...(typeof refresh_token === "string" && refresh_token !== "" ? { refreshToken: refresh_token } : {}),
  };
}

/** A provider's words go to a terminal: without control characters, and not for ever. */
export function readRefusal(status: number, body: { readonly [member: string]: unknown }): Refused {
  const { error, error_description } = body;
  const shown = (text: unknown) =>
    typeof text === "string" ? text.replace(/[^\x20-\x7e]/g, "?").slice(0, 300) : "";
  return { error: shown(error) || `status ${status}`, description: shown(error_description) };
}

export const sayRefusal = ({ error, description }: Refused) =>
  description === "" ? error : `${error} (${description})`;
