import type { Json } from "./json.ts";

/** What an engine said. */
export interface Answer {
  readonly text: string;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Puts an answer together out of the objects that an engine sends, whole or piece by piece. */
export interface AnswerReader {
  take(piece: Json): void;
  answer(): Answer;
}
