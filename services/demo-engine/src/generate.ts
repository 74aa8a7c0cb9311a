import { countTokens, tokenize } from "./tokens.ts";

/** What the engine will say to a prompt, and what it costs. */
export interface Generation {
  readonly promptTokens: number;
  /** The answer, one token each, in order. */
  readonly pieces: readonly string[];
  /** `length` when it was cut at the caller's limit. */
  readonly finish: "stop" | "length";
}

/** How much of the question the answer repeats, in characters. */
const QUOTED = 120;

/**
 * The canned answer: always the same for the same question, and it quotes the question, so that a test sees that the prompt
 * arrived.
 * @param question the last thing the user said
 */
export function generate(question: {
  readonly question: string;
  /** All text that the model would read. */
  readonly prompt: readonly string[];
  readonly maxTokens: number | undefined;
  /** The caller asked for JSON. */
  readonly json: boolean;
}): Generation {
  const quoted = question.question.trim().replace(/\s+/g, " ").slice(0, QUOTED);
  const answer = `I am the demo engine, so my answers are canned. You said: "${quoted}". Everything else about this call is real.`;
  const all = tokenize(question.json ? JSON.stringify({ answer }) : answer);
  const limit = question.maxTokens ?? all.length;
  return {
    promptTokens: question.prompt.reduce((sum, text) => sum + countTokens(text), 0),
    pieces: all.slice(0, limit),
    finish: limit < all.length ? "length" : "stop",
  };
}
