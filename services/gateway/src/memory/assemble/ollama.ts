import { toolCalls } from "./content.ts";
import { asObject, countOf, type Json, lines, textOf } from "./json.ts";
import type { Answer, AnswerReader } from "./reader.ts";

/** `/api/chat` and `/api/generate`: objects that each hold a piece, the last one the counts. */
export class OllamaReader implements AnswerReader {
  #text = "";
  readonly #calls: string[] = [];
  #model: string | null = null;
  #input: number | null = null;
  #output: number | null = null;

  take(piece: Json): void {
    const message = asObject(piece["message"]);
    this.#text += textOf(message?.["content"]) + textOf(piece["response"]);
    const calls = toolCalls(message?.["tool_calls"]);
    if (calls !== "") this.#calls.push(calls);
    this.#model ??= textOf(piece["model"]) || null;
    this.#input = countOf(piece["prompt_eval_count"]) ?? this.#input;
    this.#output = countOf(piece["eval_count"]) ?? this.#output;
  }

  answer(): Answer {
    const text = lines([this.#text, ...this.#calls]);
    return { text, model: this.#model, inputTokens: this.#input, outputTokens: this.#output };
  }
}
