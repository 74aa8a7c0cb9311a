/**
 * The engine's token: a word, or a run of punctuation, with the white space before it. One rule for prompts and answers, so
 * that every count can be checked by hand, and so that a stream has one piece a token.
 */
const TOKEN = /\s*(?:[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]+)/gu;

export function tokenize(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(TOKEN)) count++;
  return count;
}
