import { contentText, toolCall } from "./content.ts";
import { asObject, countOf, type Json, lines, objectsOf, textOf } from "./json.ts";
import type { Answer, AnswerReader } from "./reader.ts";

/** `/v1/responses`: a response, or events that bring its pieces and the whole of it once more at the end. */
export class ResponsesReader implements AnswerReader {
  #pieces = "";
  #whole: string | null = null;
  #model: string | null = null;
  #input: number | null = null;
  #output: number | null = null;

  take(piece: Json): void {
    const type = textOf(piece["type"]);
    if (type === "response.output_text.delta" || type === "response.refusal.delta")
      this.#pieces += textOf(piece["delta"]);
    else if (type === "response.output_item.done") {
      const item = asObject(piece["item"]);
      if (item?.["type"] === "function_call")
        this.#pieces += `\n${toolCall(item["name"], item["arguments"])}\n`;
    }
    const response = asObject(piece["response"]) ?? (piece["object"] === "response" ? piece : undefined);
    if (response === undefined) return;
    this.#model ??= textOf(response["model"]) || null;
    const usage = asObject(response["usage"]);
    this.#input = countOf(usage?.["input_tokens"]) ?? this.#input;
    this.#output = countOf(usage?.["output_tokens"]) ?? this.#output;
    const said = lines(objectsOf(response["output"]).map(outputText));
    if (said !== "") this.#whole = said;
  }

  answer(): Answer {
    const text = this.#whole ?? this.#pieces.trim();
    return { text, model: this.#model, inputTokens: this.#input, outputTokens: this.#output };
  }
}

function outputText(item: Json): string {
  if (item["type"] === "function_call") return toolCall(item["name"], item["arguments"]);
  return item["type"] === "message" ? contentText(item["content"]) : "";
}
