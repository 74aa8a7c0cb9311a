import type { TokenEstimate } from "./question.ts";

/** What the engines call the bound on what they write (OpenAI, Anthropic, Ollama, vLLM). */
const BOUND =
  /"(?:max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens|max_tokens_to_sample|num_predict)"\s*:\s*(-?\d{1,12})(?![\d.eE])/gi;
/** How many answers are asked for. */
const ANSWERS = /"(?:n|best_of)"\s*:\s*\d/i;
/** A letter or an underscore that is escaped though it need not be: a name that is meant to be read by the engine alone. */
const DISGUISED = /\\u00(?:5f|[46][1-9a-f]|[57][0-9a])/i;
/** What is no text: a picture or a sound, in base64. */
const BLOB = /[A-Za-z0-9+/]{2048,}={0,2}/g;
/** What a picture costs most models at most. */
const BLOB_TOKENS = 1_500;
const BYTES_PER_TOKEN = 4;
const MAX_ANSWERS = 128;

/**
 * How many tokens a request for inference will use: what it brings by its length, what it asks for by its own word. Engines
 * differ in what they make of a name that stands there twice, so the largest counts.
 * @param writes whether the engine writes an answer: embeddings do not
 */
export function estimateTokens(body: Buffer, writes: boolean): TokenEstimate {
  const text = body.toString("latin1");
  const input = Math.ceil(lengthOf(text) / BYTES_PER_TOKEN);
  if (!writes) return { input, output: 0 };
  if (DISGUISED.test(text)) return { input, output: null };
  let bound: number | null = null;
  for (const [, digits] of text.matchAll(BOUND)) {
    const stated = Number(digits);
    // Ollama: -1 and -2 are no bound at all.
    if (stated < 0) return { input, output: null };
    bound = Math.max(bound ?? 0, stated);
  }
  return { input, output: bound === null ? null : bound * answersOf(text) };
}

function lengthOf(text: string): number {
  if (text.length < 2 * 2048) return text.length;
  let length = text.length;
  for (const [blob] of text.matchAll(BLOB)) length -= blob.length - BLOB_TOKENS * BYTES_PER_TOKEN;
  return Math.max(0, length);
}

function answersOf(text: string): number {
  if (!ANSWERS.test(text)) return 1;
  try {
    const { n = 1, best_of = 1 } = JSON.parse(text) as Record<string, unknown>;
    const asked = Math.max(Number(n), Number(best_of));
    return Number.isInteger(asked) && asked > 1 ? Math.min(asked, MAX_ANSWERS) : 1;
  } catch {
    return 1;
  }
}
