import { asObject, type Json, lines, objectsOf, textOf } from "./json.ts";

/**
 * The text of a message's `content`, in any dialect: a string, or parts of which some hold text. Pictures and sound leave a word
 * that they were there.
 */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return lines(content.map((part) => (typeof part === "string" ? part : partText(asObject(part)))));
}

function partText(part: Json | undefined): string {
  if (part === undefined) return "";
  const type = textOf(part["type"]);
  if (type === "tool_use") return toolCall(part["name"], part["input"]);
  if (type === "tool_result") return contentText(part["content"]);
  if (/image|audio|file|video|document/.test(type)) return `[${type}]`;
  return textOf(part["text"]) || textOf(part["refusal"]);
}

/** A call of a tool as a line of its own: what was asked of it is part of what was said. */
export function toolCall(name: unknown, input: unknown): string {
  const asked = typeof input === "string" ? input : input === undefined ? "" : JSON.stringify(input);
  return `[${textOf(name) || "tool"}] ${asked}`;
}

/** Calls of tools as OpenAI and Ollama write them: `[{function: {name, arguments}}]`. */
export function toolCalls(calls: unknown): string {
  return lines(
    objectsOf(calls).map((call) => {
      const asked = asObject(call["function"]) ?? call;
      return toolCall(asked["name"], asked["arguments"]);
    }),
  );
}
