import { remember } from "../core/remember.ts";
import { PLAIN_CONNECTION, responseFate, withoutNominated } from "./header-names.ts";
import { latin1 } from "./latin1.ts";

/** Name, value, name, value, …: bytes as undici gives them, or latin1 as our own lane does. */
export type RawHeaders = readonly (Buffer | string)[];

/** What an engine's response head comes to. */
export interface ResponseHead {
  /** Name, value, name, value, …: what the client may see, without framing. */
  readonly headers: string[];
  /** The body's length in bytes as the engine declared it; `undefined` when it did not. */
  readonly length: number | undefined;
  /** The `Trailer` header's value: passed on only where the body is sent chunked. */
  readonly announces: string | undefined;
  /** The `Vary` values, which a CORS decision of ours may have to join. */
  readonly vary: string | undefined;
}

/** What a browser cannot be made to run; everything else an engine sends is sandboxed (S17). */
const PASSIVE =
  /^(?:application\/(?:[a-z0-9.+-]*json|x-ndjson|jsonl|octet-stream|pdf)|text\/(?:plain|event-stream|csv)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|image\/(?:png|jpeg|gif|webp|avif))\s*(?:;|$)/i;

const isPassive = remember((contentType) => PASSIVE.test(contentType), { entries: 256, length: 128 });

/**
 * Reads an engine's response head and drops what must not leave here (S17): credentials, CORS and cookie decisions,
 * identity headers, everything hop-by-hop.
 * @returns `undefined` for a head that two parsers may frame differently (S15)
 */
export function readResponseHead(raw: RawHeaders): ResponseHead | undefined {
  let headers: string[] = [];
  let length: number | undefined;
  let transferEncoding: string | undefined;
  let announces: string | undefined;
  let vary: string | undefined;
  let passive = false;
  let nominations: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = text(raw[i]);
    const fate = responseFate(name);
    if (fate === "drop") continue;
    const value = text(raw[i + 1]);
    switch (fate) {
      case "content_length":
        if (length !== undefined || !/^\d{1,15}$/.test(value)) return undefined;
        length = Number(value);
        continue;
      case "transfer_encoding":
        if (transferEncoding !== undefined) return undefined;
        transferEncoding = value;
        continue;
      case "connection":
        if (!PLAIN_CONNECTION.test(value)) {
          nominations ??= [];
          nominations.push(value);
        }
        continue;
      case "trailer":
        announces = announces === undefined ? value : `${announces}, ${value}`;
        continue;
      case "vary":
        vary = vary === undefined ? value : `${vary}, ${value}`;
        break;
      case "content_type":
        passive = isPassive(value);
    }
    headers.push(name, value);
  }
  // A coding beneath `chunked` would be passed on undecoded and unannounced.
  if (transferEncoding !== undefined && (length !== undefined || !/^chunked$/i.test(transferEncoding)))
    return undefined;
  if (nominations !== undefined) headers = withoutNominated(headers, nominations);
  if (!passive) headers.push("Content-Security-Policy", "sandbox", "X-Content-Type-Options", "nosniff");
  return { headers, length, announces, vary };
}

/** Trailers that may follow a response to the client: the same judgement, and nothing that frames or routes. */
export function readTrailers(raw: RawHeaders): [string, string][] {
  const trailers: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = text(raw[i]);
    if (responseFate(name) === "keep") trailers.push([name, text(raw[i + 1])]);
  }
  return trailers;
}

function text(part: Buffer | string | undefined): string {
  if (typeof part === "string") return part;
  return part === undefined ? "" : latin1(part);
}
