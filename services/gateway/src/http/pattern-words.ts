/** What our schemas' patterns ask for, in words: a caller should not have to read a regular expression. */
const WORDS: ReadonlyMap<string, string> = new Map([
  [
    "^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,127}$",
    "must be 1 to 128 letters, digits or . _ : ~ @ -, and begin with a letter or digit",
  ],
  ["^[\\x21-\\x7e]{1,255}$", "must be 1 to 255 visible ASCII characters, without spaces"],
  [
    "^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,200}$",
    'must be 1 to 200 visible ASCII characters, without spaces, " or \\',
  ],
  ["^[^\\x00-\\x1f\\x7f]{1,120}$", "must be 1 to 120 characters, none of them a control character"],
  [
    "^[a-z][a-z0-9._-]{0,31}$",
    "must be 1 to 32 lower-case letters, digits or . _ -, and begin with a letter",
  ],
  ["^[0-9A-Za-z-]{1,64}$", "must be 1 to 64 letters, digits or -"],
  ["^[1-9][0-9]{0,8}$", "must be a cursor as an answer's `next` gave it"],
  ["^[0-9a-f-]{36}$", "must be a UUID in lower case"],
  ["^([1-9][0-9]?|1[0-9][0-9]|200)$", "must be a number from 1 to 200"],
  ["^([1-9][0-9]{0,2}|1000)$", "must be a number from 1 to 1000"],
  ["^[1-9][0-9]{0,14}$", "must be a cursor as an answer's `next` gave it"],
  [
    "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$",
    "must be a time of ISO 8601, such as 2026-03-01 or 2026-03-01T12:00:00Z",
  ],
  ["^[\\x21-\\x7b\\x7d\\x7e]{1,255}\\|[\\x21-\\x7e]{1,255}$", "must be issuer|subject"],
]);

/** A schema without words of its own says that much and no more; `pattern-words.test.ts` finds it. */
export function wordsOfPattern(pattern: unknown): string {
  return WORDS.get(String(pattern)) ?? "is not written as it must be";
}
