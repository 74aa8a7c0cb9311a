const ESCAPE_RUN = /(?:%[0-9a-f]{2})+/gi;
const UNRESERVED = /[A-Za-z0-9._~-]/;
/** Escaped, these still change where a path ends or splits for a server that decodes early or twice (S14). */
const STRUCTURAL = new Set(["/", "\\", "%", "?", "#", ";"]);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes the escapes of a path once: unreserved characters become themselves (RFC 3986 §6.2.2.2), all others stay
 * escaped.
 * @param path visible ASCII only
 * @returns `undefined` where an escape is malformed, hides a control or a delimiter, is not UTF-8, or is a look-alike of
 *   an ASCII character
 */
export function readEscapes(path: string): string | undefined {
  if (path.replace(ESCAPE_RUN, "").includes("%")) return undefined;
  let sound = true;
  const decoded = path.replace(ESCAPE_RUN, (run) => {
    const text = sound ? decodeRun(run) : undefined;
    sound &&= text !== undefined;
    return text ?? "";
  });
  return sound ? decoded : undefined;
}

function decodeRun(run: string): string | undefined {
  let text: string;
  try {
    text = utf8.decode(Buffer.from(run.replaceAll("%", ""), "hex"));
  } catch {
    // Overlong forms and stray bytes: servers disagree on what they mean.
    return undefined;
  }
  let decoded = "";
  for (const character of text) {
    if (UNRESERVED.test(character)) decoded += character;
    else if (STRUCTURAL.has(character) || isControl(character) || looksLikeAscii(character)) return undefined;
    else decoded += escapeAll(character);
  }
  return decoded;
}

/** Escapes reserved characters too, the ones `encodeURIComponent` leaves alone (`!'()*`) among them. */
function escapeAll(character: string): string {
  return Buffer.from(character).toString("hex").replace(/../g, "%$&");
}

function isControl(character: string): boolean {
  return /\p{Cc}/u.test(character);
}

/**
 * Does a server that folds case or compatibility forms (`ſ` to `s`, `Ⅰ` to `I`, `／` to `/`) take this for ASCII? Then our
 * table would see another path than the engine.
 */
function looksLikeAscii(character: string): boolean {
  if (character.charCodeAt(0) < 0x80) return false;
  const folded =
    character.toUpperCase() + character.toLowerCase() + character.normalize("NFKC").toUpperCase();
  return /[\0-\x7f]/.test(folded);
}
