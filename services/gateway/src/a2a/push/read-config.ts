import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { invalid } from "../calls/members.ts";

/** What a client asks to be told with. Sealed at once, and never shown again (A2A#1988). */
export interface WebhookSecrets {
  readonly token: string | null;
  readonly scheme: string | null;
  readonly credentials: string | null;
}

export interface WebhookAsked {
  readonly url: URL;
  readonly secrets: WebhookSecrets;
}

/** What can stand in a header of ours without breaking out of it. */
const VISIBLE = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9._-]{0,31}$/;

/**
 * A push configuration, of either version.
 * @throws A2aError `INVALID_PARAMS`
 */
export function readWebhook(config: JsonObject): WebhookAsked {
  const { url, token, authentication } = config;
  if (typeof url !== "string" || url.length > 2_048 || !URL.canParse(url))
    throw invalid("url must be an address");
  const address = new URL(url);
  if (address.username !== "" || address.password !== "") throw invalid("url must not hold credentials");
  address.hash = "";
  return {
    url: address,
    secrets: { token: readText(token, VISIBLE, "token"), ...readScheme(authentication) },
  };
}

function readScheme(value: Json | undefined): Pick<WebhookSecrets, "scheme" | "credentials"> {
  if (value === undefined || value === null) return { scheme: null, credentials: null };
  if (!isJsonObject(value)) throw invalid("authentication must be an object");
  const { scheme, schemes, credentials } = value;
  const first: Json | undefined = Array.isArray(schemes) ? (schemes[0] as Json | undefined) : scheme;
  return {
    scheme: readText(first, SCHEME, "authentication.scheme"),
    credentials: readText(credentials, VISIBLE, "authentication.credentials"),
  };
}

function readText(value: Json | undefined, form: RegExp, what: string): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || !form.test(value)) throw invalid(`${what} cannot be sent in a header`);
  return value;
}

/** The members of `configuration` that hold a push configuration, in any version. */
export const INLINE = ["taskPushNotificationConfig", "pushNotificationConfig", "pushNotification"] as const;
