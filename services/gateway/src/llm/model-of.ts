/** What a request's body says of the model. */
export type ModelReading =
  | { readonly kind: "named"; readonly model: string; readonly json: JsonObject }
  /** A JSON object that names none. */
  | { readonly kind: "none"; readonly json: JsonObject }
  /** An engine might find a model where we do not. */
  | { readonly kind: "unreadable" };

type JsonObject = Readonly<Record<string, unknown>>;

const UNREADABLE: ModelReading = { kind: "unreadable" };

/** Longest name of a model that policies are asked about, in characters. */
const MAX_NAME = 512;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the model out of a body as every engine would read it, or not at all: Go's decoder takes `MODEL` for `model` and the
 * last of several, Python's takes UTF-16. So: UTF-8, one JSON object, and one member of that name in any case, a string.
 */
export function modelOf(body: Buffer): ModelReading {
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch {
    return UNREADABLE;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return UNREADABLE;
  const json = value as JsonObject;
  const names = mayRepeat(text) ? memberNames(text) : Object.keys(json);
  const named = names.filter((name) => name.toLowerCase() === "model");
  if (named.length === 0) return { kind: "none", json };
  const model = json["model"];
  if (named.length > 1 || named[0] !== "model" || typeof model !== "string") return UNREADABLE;
  return model.length <= MAX_NAME && model.isWellFormed() ? { kind: "named", model, json } : UNREADABLE;
}

/** Could `model` stand there more often than the parsed object shows? Not without a second spelling of it, plain or escaped. */
function mayRepeat(text: string): boolean {
  const first = text.indexOf('"model"');
  return text.includes("\\u") || (first !== -1 && text.includes('"model"', first + 1));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The names of an object's own members, each as often as it stands there. The text is valid JSON. */
function memberNames(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const start = at;
      for (at++; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++;
      if (expectsName) names.push(JSON.parse(text.slice(start, at + 1)) as string);
      expectsName = false;
    } else if (unit === 0x7b || unit === 0x5b) expectsName = ++depth === 1;
    else if (unit === 0x7d || unit === 0x5d) depth--;
    else if (unit === 0x2c) expectsName = depth === 1;
  }
  return names;
}
