import { contentText, toolCall } from "./content.ts";
import { asObject, type Json, lines, objectsOf, parseJson, textOf } from "./json.ts";

/** What a request asks. */
export interface Prompt {
  readonly text: string;
  readonly model: string | null;
}

/** What the user said, in a request to a known inference route. Words that are no JSON are kept as they are. */
export function readPrompt(path: string, body: string): Prompt {
  const json = asObject(parseJson(body));
  if (json === undefined) return { text: body, model: null };
  return { text: (READERS[path] ?? chat)(json), model: textOf(json["model"]) || null };
}

const READERS: Readonly<Record<string, (json: Json) => string>> = {
  "/api/generate": (json) => lines([textOf(json["system"]), textOf(json["prompt"]), textOf(json["suffix"])]),
  "/v1/completions": (json) => {
    const { prompt, suffix } = json;
    const asked = Array.isArray(prompt) ? prompt.filter((one) => typeof one === "string") : [textOf(prompt)];
    return lines([...asked, textOf(suffix)]);
  },
  "/v1/responses": (json) => {
    const { input, instructions } = json;
    if (typeof input === "string") return lines([textOf(instructions), input]);
    const items = objectsOf(input);
    const fresh = newest(items, (item) => item["role"] === "assistant" || item["type"] === "function_call");
    return lines([fresh.length === items.length ? textOf(instructions) : "", ...fresh.map(itemText)]);
  },
};

/** `messages` of Ollama, OpenAI and Anthropic, whose `system` stands beside them. */
function chat(json: Json): string {
  const messages = objectsOf(json["messages"]);
  if (messages.length === 0) return lines([contentText(json["system"]), contentText(json["prompt"])]);
  const fresh = newest(messages, ({ role }) => role === "assistant");
  const isFirst = fresh.length === messages.length;
  return lines([
    isFirst ? contentText(json["system"]) : "",
    ...fresh.map(({ content }) => contentText(content)),
  ]);
}

/**
 * A client sends the whole conversation at every turn: new is what comes after the last answer, or all of it at the first. Where
 * it ends with the beginning of an answer, that is for the engine to go on with.
 */
function newest(messages: readonly Json[], isAnswer: (message: Json) => boolean): readonly Json[] {
  let end = messages.length;
  while (end > 0 && isAnswer(messages[end - 1] ?? {})) end--;
  let start = end;
  while (start > 0 && !isAnswer(messages[start - 1] ?? {})) start--;
  return start === 0 ? messages : messages.slice(start);
}

function itemText(item: Json): string {
  if (item["type"] === "function_call_output") return contentText(item["output"]);
  if (item["type"] === "function_call") return toolCall(item["name"], item["arguments"]);
  return contentText(item["content"]);
}
