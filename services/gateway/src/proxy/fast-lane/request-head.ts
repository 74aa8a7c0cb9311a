import { METHODS } from "node:http";

/** A header line that no server reads as anything else: what is about to be sent is judged once more (S15). */
const LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^\/[\x21-\x7e]*$/;
/** What Node's own server lets in. */
const KNOWN = new Set(METHODS);

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** The engine's `host:port`. */
  readonly host: string;
  /** Name, value, name, value, … without framing. */
  readonly headers: readonly string[];
  /** Bytes of the body; `null` where there is none. */
  readonly length: number | null;
}

/** Methods whose request says how long it is even if it is empty (RFC 9110 §8.6). */
const WITH_CONTENT = new Set(["POST", "PUT", "PATCH"]);

/** @returns latin1; `undefined` where a part could break out of its place */
export function writeRequestHead({ method, path, host, headers, length }: RequestHead): string | undefined {
  if (!KNOWN.has(method) || method === "CONNECT" || !PATH.test(path)) return undefined;
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    const line = `${headers[i]}: ${headers[i + 1]}`;
    if (!LINE.test(line)) return undefined;
    text += `${line}\r\n`;
  }
  if (length !== null) text += `content-length: ${length}\r\n`;
  else if (WITH_CONTENT.has(method)) text += "content-length: 0\r\n";
  return `${text}\r\n`;
}
