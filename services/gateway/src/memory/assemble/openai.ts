import { contentText, toolCall } from "./content.ts";
import { asObject, countOf, type Json, lines, objectsOf, textOf } from "./json.ts";
import type { Answer, AnswerReader } from "./reader.ts";

interface Choice {
  text: string;
  /** By their index: name and arguments come in pieces. */
  readonly calls: Map<number, { name: string; asked: string }>;
}

/** Most choices and calls of tools that are put together: an engine decides their numbers. */
const MAX_PARTS = 128;

/** `/v1/chat/completions` and `/v1/completions`. */
export class OpenAiReader implements AnswerReader {
  readonly #choices = new Map<number, Choice>();
  #model: string | null = null;
  #input: number | null = null;
  #output: number | null = null;

  take(piece: Json): void {
    this.#model ??= textOf(piece["model"]) || null;
    const usage = asObject(piece["usage"]);
    this.#input = countOf(usage?.["prompt_tokens"]) ?? this.#input;
    this.#output = countOf(usage?.["completion_tokens"]) ?? this.#output;
    for (const part of objectsOf(piece["choices"])) {
      const choice = this.#choice(countOf(part["index"]) ?? 0);
      const said = asObject(part["delta"]) ?? asObject(part["message"]);
      if (choice === undefined) continue;
      choice.text += textOf(part["text"]) + contentText(said?.["content"]) + textOf(said?.["refusal"]);
      objectsOf(said?.["tool_calls"]).forEach((call, place) => {
        this.#call(choice, countOf(call["index"]) ?? place, asObject(call["function"]));
      });
    }
  }

  #choice(index: number): Choice | undefined {
    const known = this.#choices.get(index);
    if (known !== undefined || this.#choices.size >= MAX_PARTS) return known;
    const choice: Choice = { text: "", calls: new Map() };
    this.#choices.set(index, choice);
    return choice;
  }

  #call({ calls }: Choice, index: number, part: Json | undefined): void {
    if (calls.size >= MAX_PARTS && !calls.has(index)) return;
    const call = calls.get(index) ?? { name: "", asked: "" };
    call.name += textOf(part?.["name"]);
    call.asked += textOf(part?.["arguments"]);
    calls.set(index, call);
  }

  answer(): Answer {
    const parts = [...this.#choices.values()].flatMap(({ text, calls }) => [
      text,
      ...[...calls.values()].map(({ name, asked }) => toolCall(name, asked)),
    ]);
    return { text: lines(parts), model: this.#model, inputTokens: this.#input, outputTokens: this.#output };
  }
}
