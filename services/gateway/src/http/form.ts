import type { FastifyInstance } from "fastify";
import { ok, type Result, refuse } from "../core/result.ts";

/** The fields of a form, as OAuth reads them (RFC 6749 §3.2): an empty one counts as not sent. */
export interface Form {
  get(name: string): string | undefined;
  /** Every value of a field that may be repeated. */
  all(name: string): readonly string[];
}

/** Largest form that is read, in bytes: two tokens of the largest size fit. */
const MAX_FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 64;

export type FormMistake = "encoding" | "too_many_fields" | { readonly repeated: string };

/** The body was not a form; thrown by the content parser, told on the wire by the room that accepts forms. */
export class FormError extends Error {
  readonly mistake: FormMistake;

  constructor(mistake: FormMistake) {
    super("the form is malformed");
    this.name = "FormError";
    this.mistake = mistake;
  }
}

/** Makes `application/x-www-form-urlencoded` the one body that this scope reads; a handler finds the `Form` as its body. */
export function acceptForms(app: FastifyInstance, repeatable: ReadonlySet<string>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "buffer", bodyLimit: MAX_FORM_BYTES },
    (_request, body, done) => {
      const form = parseForm(body as Buffer, repeatable);
      if (form.ok) done(null, form.value);
      else done(new FormError(form.reason));
    },
  );
}

/**
 * Reads a form strictly: what two parsers might read differently (a broken escape, bytes that are no UTF-8, a field sent
 * twice) is refused, never repaired.
 * @param repeatable the fields that may be sent more than once
 */
export function parseForm(body: Uint8Array, repeatable: ReadonlySet<string>): Result<Form, FormMistake> {
  const text = decodeUtf8(body);
  if (text === undefined) return refuse("encoding");
  const fields = new Map<string, string[]>();
  const pairs = text.split("&").filter((pair) => pair !== "");
  if (pairs.length > MAX_FIELDS) return refuse("too_many_fields");
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = decodeComponent(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeComponent(equals < 0 ? "" : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return refuse("encoding");
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else if (repeatable.has(name)) values.push(value);
    else return refuse({ repeated: name });
  }
  return ok(formOf(fields));
}

function formOf(fields: ReadonlyMap<string, readonly string[]>): Form {
  const all = (name: string) => (fields.get(name) ?? []).filter((value) => value !== "");
  return { all, get: (name) => all(name)[0] };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** WHATWG form decoding, except that a broken escape is refused. Also for the halves of a Basic credential. */
export function decodeComponent(text: string): string | undefined {
  // Nearly all of a form is tokens, in which nothing is escaped.
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
