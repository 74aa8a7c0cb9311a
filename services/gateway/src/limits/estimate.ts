import { pictureBytes } from "./pictures.ts";
import type { TokenEstimate } from "./question.ts";
import { statedBound } from "./stated-bound.ts";

/** A request's body as it was read. */
export interface Estimated {
  readonly body: Buffer;
  /** `null`: no single JSON object, or one that engines may read differently. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** What a picture costs most models at most. */
const PICTURE_TOKENS = 1_500;
const BYTES_PER_TOKEN = 4;

/**
 * How many tokens a request for inference will use: what it brings by its length, what it asks for by its own word.
 * @param route the engine's, as the tables know it; `null` where nothing is written: embeddings
 */
export function estimateTokens({ body, json }: Estimated, route: string | null): TokenEstimate {
  const { pictures, bytes } = pictureBytes(body, json);
  const input = Math.ceil((body.length - bytes) / BYTES_PER_TOKEN) + pictures * PICTURE_TOKENS;
  if (route === null) return { input, output: 0 };
  const answers = answersOf(json);
  const bound = statedBound(body, json, route);
  return { input, output: bound === null ? null : bound * answers, answers };
}

/** How many answers are asked for: of each prompt, and of how many prompts. */
function answersOf(json: Estimated["json"]): number {
  if (json === null) return 1;
  // Engines take a number in quotes for a number.
  const asked = Math.max(
    ...["n", "best_of"].map((name) => Number(json[name] ?? 1)).filter(Number.isInteger),
    1,
  );
  return Math.min(asked * promptsOf(json), MOST_ANSWERS);
}

/** More than any engine gives, and nothing that a sum could overflow by. */
const MOST_ANSWERS = 1_000_000;

/** Several prompts in one request, each with an answer of its own; a list of numbers is one prompt in tokens. */
function promptsOf({ prompt, messages }: NonNullable<Estimated["json"]>): number {
  const isSeveral = Array.isArray(prompt) && typeof prompt[0] !== "number";
  const prompts = isSeveral ? prompt.length : 1;
  const conversations = Array.isArray(messages) && Array.isArray(messages[0]) ? messages.length : 1;
  return Math.max(1, prompts, conversations);
}
