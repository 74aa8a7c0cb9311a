import { contentText, toolCall } from "./content.ts";
import { asObject, countOf, type Json, lines, textOf } from "./json.ts";
import type { Answer, AnswerReader } from "./reader.ts";

interface Block {
  text: string;
  readonly tool: string | null;
}

/** Most blocks that are put together: an engine decides their number. */
const MAX_BLOCKS = 256;

/** `/v1/messages`: a message, or the events that build one block after the other. */
export class AnthropicReader implements AnswerReader {
  readonly #blocks = new Map<number, Block>();
  #whole = "";
  #model: string | null = null;
  #input: number | null = null;
  #output: number | null = null;

  take(piece: Json): void {
    const message = asObject(piece["message"]) ?? (piece["type"] === "message" ? piece : undefined);
    if (message !== undefined) this.#message(message);
    this.#count(asObject(piece["usage"]));
    const index = countOf(piece["index"]) ?? 0;
    const opened = asObject(piece["content_block"]);
    if (opened !== undefined && this.#blocks.size < MAX_BLOCKS) {
      const tool = opened["type"] === "tool_use" ? textOf(opened["name"]) : null;
      this.#blocks.set(index, { text: textOf(opened["text"]), tool });
    }
    const delta = asObject(piece["delta"]);
    const block = this.#blocks.get(index);
    if (block !== undefined) block.text += textOf(delta?.["text"]) + textOf(delta?.["partial_json"]);
  }

  #message(message: Json): void {
    this.#model ??= textOf(message["model"]) || null;
    this.#whole = contentText(message["content"]) || this.#whole;
    this.#count(asObject(message["usage"]));
  }

  #count(usage: Json | undefined): void {
    this.#input = countOf(usage?.["input_tokens"]) ?? this.#input;
    this.#output = countOf(usage?.["output_tokens"]) ?? this.#output;
  }

  answer(): Answer {
    const blocks = [...this.#blocks.values()].map(({ text, tool }) =>
      tool === null ? text : toolCall(tool, text),
    );
    const text = lines([this.#whole, ...blocks]);
    return { text, model: this.#model, inputTokens: this.#input, outputTokens: this.#output };
  }
}
