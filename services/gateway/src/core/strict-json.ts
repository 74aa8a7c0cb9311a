/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** A byte order mark is kept, and so refused by the grammar: RFC 8259 §8.1. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that has one meaning only: well-formed UTF-8, no member named twice in any object (RFC 7515 §4 and RFC 7519 §4
 * leave the choice of refusing; two parsers that pick different ones are a hole), nested no deeper than `maxDepth`.
 * @returns `undefined` where it is anything else
 */
export function parseStrictJson(bytes: Uint8Array, maxDepth: number): Json | undefined {
  try {
    const text = utf8.decode(bytes);
    const value: Json = JSON.parse(text);
    return isUnambiguous(text, maxDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

/** Looks for repeated members and for depth. `text` is known to be grammatical, so a string before a colon is a member name. */
function isUnambiguous(text: string, maxDepth: number): boolean {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (text.charCodeAt(skipSpace(text, end)) === COLON) {
        const literal = text.slice(at, end);
        // Escapes are undone first: "\u0061ud" is "aud".
        const name: string = literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1);
        const names = open.at(-1);
        if (names === undefined || names.has(name)) return false;
        names.add(name);
      }
      at = end - 1;
    } else if (OPEN.has(code)) {
      if (open.length >= maxDepth) return false;
      open.push(new Set());
    } else if (CLOSE.has(code)) open.pop();
  }
  return true;
}

/** The index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (" \t\n\r".includes(text.charAt(at)) && at < text.length) at++;
  return at;
}
