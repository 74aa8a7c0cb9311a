import { type Call, hasModel, isObject, type JsonObject, readBody } from "../call.ts";
import { Refusal } from "../refusal.ts";

/** @returns the body and its model @throws Refusal 400 or 404, as OpenAI says it */
export async function readRequest(
  call: Call,
): Promise<{ readonly body: JsonObject; readonly model: string }> {
  const body = await readBody(call);
  const model = body["model"];
  if (typeof model !== "string" || model === "") {
    throw new Refusal(400, "you must provide a model parameter");
  }
  assertModel(call.models, model);
  const choices = body["n"];
  if (choices !== undefined && choices !== null && choices !== 1) {
    throw new Refusal(400, "this engine gives one choice: n must be 1", "unsupported_value");
  }
  return { body, model };
}

/** @throws Refusal 404 */
export function assertModel(models: readonly string[], model: string): void {
  if (!hasModel(models, model)) {
    throw new Refusal(
      404,
      `The model \`${model}\` does not exist or you do not have access to it.`,
      "model_not_found",
    );
  }
}

/** Text of a message: a string, or the text parts of a list. */
export function textOf(content: unknown): string {
  if (content === undefined || content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw new Refusal(400, "content must be a string or a list of parts");
  return content
    .map((part) => (isObject(part) && part["type"] === "text" ? String(part["text"] ?? "") : ""))
    .join("\n");
}

/** `stream_options: {include_usage: true}` */
export function wantsUsage(body: JsonObject): boolean {
  const options = body["stream_options"];
  return isObject(options) && options["include_usage"] === true;
}

export function usage(promptTokens: number, completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
