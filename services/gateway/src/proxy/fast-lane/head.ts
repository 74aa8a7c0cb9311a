/** A response head, or the lines of a trailer section, as they came. */
export interface ParsedHead {
  readonly status: number;
  readonly reason: string;
  /** HTTP/1.0: nothing may follow on its connection, and it knows no chunks. */
  readonly old: boolean;
  /** Name, value, name, value, …; values without the space around them. */
  readonly lines: string[];
}

/** A field line (RFC 9112 §5): a token, a colon at once, visible characters. No folding, no control, no bare CR or LF. */
const LINES = "(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)*";
const HEAD = new RegExp(`^HTTP/1\\.[01] [1-9]\\d\\d(?: [\\t\\x20-\\x7e\\x80-\\xff]*)?\\r\\n${LINES}\\r\\n$`);
const TRAILERS = new RegExp(`^${LINES}\\r\\n$`);
/** What no head can hold, however it goes on. */
const BARE = /(?<!\r)\n|\r[^\n]/g;
/**
 * Fields that frame a message, or the connection it is on (RFC 9110 §6.5.1): a parser that merges trailers into the head would
 * frame the body anew by them, and llhttp refuses some of them there.
 */
const NO_TRAILER =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
const FRAMING = /^(?:content-length|transfer-encoding)$/i;
const START = "HTTP/1.";
const STATUS_AT = 9;
const REASON_AT = 13;

/**
 * Reads a whole head. One pass by one pattern judges it; what is then cut out needs no judging.
 * @param text latin1, to the end of its empty line
 * @returns `undefined` for anything that is not plain (S15)
 */
export function parseHead(text: string): ParsedHead | undefined {
  if (!HEAD.test(text)) return undefined;
  const end = text.indexOf("\r\n");
  return {
    status: Number(text.slice(STATUS_AT, STATUS_AT + 3)),
    reason: text.slice(REASON_AT, Math.max(REASON_AT, end)),
    old: text.charAt(START.length) === "0",
    lines: cut(text, end + 2),
  };
}

/** @param text latin1, to the end of its empty line. @returns `undefined` where it is not plain, or frames anything (S15) */
export function parseTrailers(text: string): string[] | undefined {
  if (!TRAILERS.test(text)) return undefined;
  const lines = cut(text, 0);
  for (let i = 0; i < lines.length; i += 2) if (NO_TRAILER.test(lines[i] ?? "")) return undefined;
  return lines;
}

/**
 * Can this still become a head? What cannot is not waited for.
 * @param judged how much of it was asked about before: a head that trickles is not read from its start each time
 */
export function mayBecomeHead(text: string, judged: number): boolean {
  BARE.lastIndex = Math.max(0, judged - 1);
  return START.startsWith(text.slice(0, START.length)) && !BARE.test(text);
}

function cut(text: string, from: number): string[] {
  const lines: string[] = [];
  for (let at = from; ; ) {
    const end = text.indexOf("\r\n", at);
    if (end === at) return lines;
    const colon = text.indexOf(":", at);
    const name = text.slice(at, colon);
    lines.push(name, trimmed(text, colon + 1, end));
    // Left as it is, it will be no length and no coding: parsers differ on space behind one.
    if (isSpace(text.charCodeAt(end - 1)) && FRAMING.test(name)) lines[lines.length - 1] += " ";
    at = end + 2;
  }
}

/** Without spaces and tabs around it, which is all that `trim` would find in what has been judged but for `\xa0`. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isSpace = (code: number) => code === 0x20 || code === 0x09;
