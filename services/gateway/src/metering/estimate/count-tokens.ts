import { textsOf } from "./texts.ts";

/** What crosses to the thread that estimates, and back. */
export interface Question {
  readonly id: number;
  readonly samples: readonly (readonly [text: string, bytes: number])[];
}

export interface Answer {
  readonly id: number;
  readonly tokens: readonly number[];
}

/** Bytes of JSON a token, where there is nothing to count in: rather too many tokens than too few. */
const BYTES_PER_TOKEN = 4;
/** Longest piece that is given to the tokenizer at once, in characters: its time grows with the square of a word's length. */
const PIECE = 256;

/**
 * The tokens of a whole of which this is a sample. Texts are counted, and what is not in the sample is taken to be like it.
 * @param text one character a byte
 */
export function estimateTokens(text: string, bytes: number, count: (text: string) => number): number {
  if (bytes === 0) return 0;
  if (text === "") return Math.ceil(bytes / BYTES_PER_TOKEN);
  const source = Buffer.from(text, "latin1").toString("utf8");
  let tokens = 0;
  // Joined, since pieces of a stream are pieces of one text.
  const said = textsOf(source).join("");
  for (let at = 0; at < said.length; at += PIECE) tokens += count(said.slice(at, at + PIECE));
  return Math.ceil(tokens * Math.max(1, bytes / text.length));
}
