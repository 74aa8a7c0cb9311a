import { isKnownScope, SCOPES } from "@attach-dev/protocol";
import { faultOfEngine, faultOfIssuer, faultOfOrigin, faultOfUrl, isDomain, isHost } from "./address.ts";
import { nearest } from "./nearest.ts";
import type { Kind, SettingInfo } from "./setting.ts";
import { readBytes, readDuration, writeBytes, writeDuration } from "./units.ts";

/** Longest text any setting may be, in characters. */
const LONGEST = 8192;

/** What is wrong with a text of a kind; `undefined` when it is right. The text itself is never in the answer. */
type Judge = (value: string, info: SettingInfo) => string | undefined;

const visible: Judge = (value) =>
  /^[\x21-\x7e]+$/.test(value) ? undefined : "must be visible ASCII without spaces";

const withinLength: Judge = (value, { least = 1, most = LONGEST }) => {
  if (value.length < least) return `must be at least ${least} characters`;
  return value.length > most ? `must be at most ${most} characters` : undefined;
};

const JUDGES: Readonly<Record<Kind, Judge>> = {
  text: visible,
  address: visible,
  name: (value) =>
    visible(value, NO_INFO) ?? (value.length > 255 ? "must be at most 255 characters" : undefined),
  // A segment of a path, which is matched without regard to case.
  upstream: (value) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value)
      ? undefined
      : "must be letters, digits and -._ only, at most 63",
  model: (value) =>
    visible(value, NO_INFO) ??
    (value.slice(0, -1).includes("*") ? "may have a * at the end only" : undefined) ??
    (value.length > 255 ? "must be at most 255 characters" : undefined),
  route: (value) =>
    /^\/$|^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/.test(value)
      ? undefined
      : "must be the beginning of a path, such as /v1/embeddings, without a slash at the end",
  header: faultOfHeader,
  scheme: (value) => (/^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(value) ? undefined : "must be one word"),
  // RFC 6750 §2.1, b64token: what can stand after "Bearer ".
  token: (value, info) =>
    /^[A-Za-z0-9._~+/-]+=*$/.test(value)
      ? withinLength(value, info)
      : "must be letters, digits and -._~+/ only, so that it can be sent as a bearer",
  key: faultOfKeys,
  // RFC 7518 §3.2: as long as the hash at least. Commas are its own.
  hmac: (value) => (Buffer.byteLength(value) < KEY_BYTES ? `must be at least ${KEY_BYTES} bytes` : undefined),
  host: (value) => (isHost(value) ? undefined : "must be an IP address or a host name, without a port"),
  domain: (value) =>
    isDomain(value) ? undefined : "must be a host name alone, without https:// and slashes",
  origin: (value) => (value === "*" ? "must be an exact address, without *" : faultOfOrigin(value)),
  engine: faultOfEngine,
  issuer: faultOfIssuer,
  url: faultOfUrl,
  scope: faultOfScope,
  subject: faultOfSubject,
  did: faultOfDid,
  agent: (value) =>
    /^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,127}$/.test(value)
      ? undefined
      : "must be an agent's id: letters, digits and ._:~@- only, at most 128",
  words: (value) =>
    /^[^\x00-\x1f\x7f]{1,120}$/.test(value) ? undefined : "must be one line of at most 120 characters",
  target: (value) => visible(value, NO_INFO) ?? faultOfTarget(value),
  duration: (value, { least = 0, most = Number.MAX_SAFE_INTEGER }) => {
    const milliseconds = readDuration(value);
    if (milliseconds === undefined) return "must be a time with its unit (ms, s, m, h, d)";
    return milliseconds >= least && milliseconds <= most
      ? undefined
      : `must be from ${writeDuration(least)} to ${writeDuration(most)}`;
  },
  bytes: (value, { least = 0, most = Number.MAX_SAFE_INTEGER }) => {
    const size = readBytes(value);
    if (size === undefined) return "must be a size with its unit (B, KiB, MiB, GiB)";
    return size >= least && size <= most
      ? undefined
      : `must be from ${writeBytes(least)} to ${writeBytes(most)}`;
  },
  // Money and prices: never a binary fraction, nine places at most.
  decimal: (value) =>
    /^\d{1,9}(\.\d{1,9})?$/.test(value) ? undefined : "must be a decimal number such as 2.50",
  integer: () => undefined,
  choice: () => undefined,
  switch: () => undefined,
};

const NO_INFO: SettingInfo = { kind: "text", description: "", example: "" };

/** What is wrong with one text value of a setting; `undefined` when it is right. */
export function faultOfText(value: string, info: SettingInfo): string | undefined {
  return value.length > LONGEST ? `must be at most ${LONGEST} characters` : JUDGES[info.kind](value, info);
}

/** The smallest secret, in bytes of UTF-8 (S13). */
const KEY_BYTES = 32;

function faultOfKeys(value: string): string | undefined {
  const keys = value.split(",");
  const short = keys.findIndex((key) => Buffer.byteLength(key.trim()) < KEY_BYTES);
  if (short !== -1) {
    const which = keys.length === 1 ? "" : `: key ${short + 1} of ${keys.length} is shorter`;
    return `must be at least ${KEY_BYTES} bytes${which} (several keys are separated by commas)`;
  }
  return /[\x00-\x1f\x7f]/.test(value) ? "must be one line" : undefined;
}

/** Headers that frame or route a request, or say who calls: a credential in one of them would not arrive, or do harm. */
const NO_CREDENTIAL =
  /^(x-attach-.*|x-forwarded-.*|host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept.*|proxy-.*|dpop|forwarded|cookie|origin|x-request-id)$/;

function faultOfHeader(value: string): string | undefined {
  // RFC 9110 §5.6.2, token.
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(value)) return "must be the name of a header";
  return NO_CREDENTIAL.test(value.toLowerCase().replace(/[^a-z0-9]/g, "-"))
    ? "must be a header that can carry a credential, such as Authorization or X-Api-Key"
    : undefined;
}

function faultOfScope(value: string): string | undefined {
  if (isKnownScope(value)) return undefined;
  const near = nearest(value, SCOPES);
  return `names a scope that does not exist${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

/** A DID, all below one, or anyone: what DID_ALLOW lists. */
function faultOfDid(value: string): string | undefined {
  const isPattern =
    value === "*" || /^did:[a-z0-9]+:([\x21-\x29\x2b-\x7e]+|([\x21-\x29\x2b-\x7e]+:)?\*)$/.test(value);
  return isPattern && value.length <= 255
    ? undefined
    : "must be DIDs, did:method:… (`:*` at the end for all below), or *";
}

/** `issuer|subject`. A subject may itself hold a bar (Auth0's do); an issuer cannot. */
function faultOfSubject(value: string): string | undefined {
  const bar = value.indexOf("|");
  if (bar === -1) return "must be pairs of issuer and subject, with a | between";
  const issuer = value.slice(0, bar);
  // Who logs in by DID is their own issuer (CONTRACT §6).
  if (issuer.startsWith("did:"))
    return value.slice(bar + 1) === issuer ? undefined : "names a DID, which stands on both sides of the |";
  const fault = faultOfIssuer(issuer);
  if (fault !== undefined) return `names an issuer that ${fault}`;
  return /^[\x21-\x7e]{1,255}$/.test(value.slice(bar + 1))
    ? undefined
    : "names a subject that is not 1 to 255 visible ASCII characters";
}

/** An absolute URI without a fragment (RFC 8707 §2). */
function faultOfTarget(value: string): string | undefined {
  return URL.canParse(value) && !value.includes("#")
    ? undefined
    : "must be an absolute URI without a fragment";
}
