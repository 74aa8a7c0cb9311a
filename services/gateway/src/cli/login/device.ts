import { createHash } from "node:crypto";
import { opaqueSecret } from "../../core/ids.ts";
import { isJsonObject, type Json } from "../../core/strict-json.ts";
import { CliError } from "../cli-error.ts";
import type { Send } from "../send.ts";
import { type Granted, readGrant, readRefusal, sayRefusal } from "./grant.ts";
import type { Provider } from "./provider.ts";

export interface DeviceLogin {
  readonly provider: Provider;
  readonly clientId: string;
  /** `scope`, `audience`, `resource`: as they are sent. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly send: Send;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly tell: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
}

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** RFC 8628 §3.2 and §3.5, in seconds. */
const DEFAULT_INTERVAL = 5;
const SLOW_DOWN = 5;
/** A provider that asks for more than this between two polls, or a code that lives longer, is held to it. */
const MAX_INTERVAL = 60;
const MAX_CODE_LIFE = 30 * 60;
/** How often somebody who waits is told so, in milliseconds. */
const REMINDER_MS = 30_000;

/**
 * Signs a person in on another device (RFC 8628): shows where to go and what to type, and waits.
 * @throws CliError where the person refuses, the code runs out or the provider does
 */
export async function signIn(login: DeviceLogin): Promise<Granted> {
  const { provider, clientId, send, now, tell, stop } = login;
  const verifier = opaqueSecret();
  const pkce = provider.pkce
    ? { code_challenge: challengeOf(verifier), code_challenge_method: "S256" as const }
    : undefined;
  const form = { client_id: clientId, ...login.parameters, ...pkce };
  const asked = await send(provider.deviceEndpoint, { form, signal: stop });
  if (!asked.ok) throw new CliError(`the identity provider ${asked.reason}`);
  const device = readDevice(asked.value);

  tell("To sign in, open");
  tell(`  ${device.complete ?? device.uri}`);
  tell(`and ${device.complete === undefined ? "type" : "check"} the code ${device.userCode}`);
  tell(`Waiting for you (${minutes(device.seconds)}; Ctrl-C ends it) …`);

  const poll = {
    grant_type: DEVICE_GRANT,
    device_code: device.code,
    client_id: clientId,
    ...(pkce === undefined ? {} : { code_verifier: verifier }),
  };
  const end = now() + device.seconds * 1000;
  let interval = device.interval;
  let reminded = now();
  while (now() < end) {
    await pause(Math.min(interval * 1000, Math.max(end - now(), 0)), stop);
    const answer = await send(provider.tokenEndpoint, { form: poll, signal: stop });
    if (stop.aborted) break;
    if (!answer.ok) {
      // RFC 8628 §3.5: a connection that fails slows the polling down, and does not end it.
      interval = Math.min(interval * 2, MAX_INTERVAL);
      tell(`The identity provider ${answer.reason}; trying again in ${interval} s`);
      continue;
    }
    const granted = readGrant(answer.value, now());
    if ("accessToken" in granted) return granted;
    if (granted.error === "slow_down") {
      interval = Math.min(interval + SLOW_DOWN, MAX_INTERVAL);
      tell(`The identity provider asks for patience: polling every ${interval} s`);
    } else if (granted.error !== "authorization_pending") throw new CliError(explain(granted));
    if (now() - reminded >= REMINDER_MS) {
      reminded = now();
      tell(`Still waiting: ${minutes((end - now()) / 1000)} left`);
    }
  }
  if (stop.aborted) throw stop.reason;
  throw new CliError("nobody signed in before the code ran out: run it again for a new one");
}

const challengeOf = (verifier: string) => createHash("sha256").update(verifier).digest("base64url");

const minutes = (seconds: number) =>
  seconds >= 90 ? `${Math.round(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`;

function explain(refused: { readonly error: string; readonly description: string }): string {
  switch (refused.error) {
    case "access_denied":
      return "the log-in was refused at the identity provider (access_denied)";
    case "expired_token":
      return "the code has run out (expired_token): run it again for a new one";
    default:
      return `the identity provider refused: ${sayRefusal(refused)}`;
  }
}

interface Device {
  readonly code: string;
  readonly userCode: string;
  readonly uri: string;
  readonly complete: string | undefined;
  /** How long the code lives, and how long to wait between two polls, in seconds. */
  readonly seconds: number;
  readonly interval: number;
}

function readDevice({ status, body }: { readonly status: number; readonly body: Json | undefined }): Device {
  if (!isJsonObject(body)) throw new CliError(`the device endpoint answered with status ${status}`);
  if (status !== 200) {
    const refusal = readRefusal(status, body);
    const hint = HINTS[refusal.error];
    throw new CliError(
      `the identity provider refused: ${sayRefusal(refusal)}${hint === undefined ? "" : `. ${hint}`}`,
    );
  }
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = body;
  const uri = readLink(verification_uri);
  const isCode = typeof user_code === "string" && /^[\x20-\x7e]{1,64}$/.test(user_code);
  if (typeof device_code !== "string" || device_code === "" || !isCode || uri === undefined)
    throw new CliError("the device endpoint's answer cannot be used (RFC 8628 §3.2)");
  return {
    code: device_code,
    userCode: user_code,
    uri,
    complete: readLink(verification_uri_complete),
    seconds: bounded(expires_in, 600, MAX_CODE_LIFE),
    interval: bounded(interval, DEFAULT_INTERVAL, MAX_INTERVAL),
  };
}

const HINTS: Readonly<Record<string, string>> = {
  unauthorized_client: "Allow this client the device grant there",
  invalid_client: "Is --client-id right, and a public client?",
  invalid_scope: "Name other scopes by --scope",
};

/** It is shown to be opened: a web address, and nothing a terminal would obey. */
function readLink(value: Json | undefined): string | undefined {
  if (typeof value !== "string" || !/^https?:\/\/[\x21-\x7e]{1,2000}$/.test(value)) return undefined;
  return URL.canParse(value) ? value : undefined;
}

function bounded(value: Json | undefined, fallback: number, most: number): number {
  const number = typeof value === "number" && value >= 1 ? value : fallback;
  return Math.min(number, most);
}

/** Waits, or ends at once when it is asked to. */
function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    stop.addEventListener("abort", wake);
    if (stop.aborted) wake();
  });
}
