import { type Call, hasModel, isObject, type JsonObject, limitOf, readBody, sendJson } from "../call.ts";
import { type Generation, generate } from "../generate.ts";
import { Refusal } from "../refusal.ts";
import { sendStream } from "../stream.ts";

/** How `/api/chat` and `/api/generate` differ: where the text of an answer goes. */
type Shape = (text: string) => JsonObject;

const asMessage: Shape = (content) => ({ message: { role: "assistant", content } });
const asResponse: Shape = (response) => ({ response });

/** `POST /api/chat` */
export async function chat(call: Call): Promise<void> {
  const body = await readBody(call);
  const model = modelOf(body, call.models, new Refusal(400, "model is required"));
  const messages = body["messages"] ?? [];
  if (!Array.isArray(messages) || !messages.every(isObject)) {
    throw new Refusal(400, "messages must be a list of objects");
  }
  if (messages.length === 0) return loaded(call, { model, shape: asMessage, keepAlive: body["keep_alive"] });
  const prompt = messages.map((message) => textOf(message["content"]));
  const question = messages.findLast((message) => message["role"] === "user");
  const generation = generate({ question: textOf(question?.["content"]), prompt, ...settings(body) });
  await answer(call, { body, model, generation, shape: asMessage });
}

/** `POST /api/generate` */
export async function complete(call: Call): Promise<void> {
  const body = await readBody(call);
  const model = modelOf(body, call.models, new Refusal(404, "model '' not found"));
  const prompt = textOf(body["prompt"]);
  if (prompt === "") return loaded(call, { model, shape: asResponse, keepAlive: body["keep_alive"] });
  const generation = generate({
    question: prompt,
    prompt: [textOf(body["system"]), prompt],
    ...settings(body),
  });
  await answer(call, { body, model, generation, shape: asResponse });
}

/** A request without a prompt only loads the model, or unloads it. */
function loaded(call: Call, asked: { model: string; shape: Shape; keepAlive: unknown }): void {
  sendJson(call.response, 200, {
    model: asked.model,
    created_at: new Date().toISOString(),
    ...asked.shape(""),
    done: true,
    done_reason: asked.keepAlive === 0 ? "unload" : "load",
  });
}

interface Answer {
  readonly body: JsonObject;
  readonly model: string;
  readonly generation: Generation;
  readonly shape: Shape;
}

async function answer(call: Call, { body, model, generation, shape }: Answer): Promise<void> {
  const started = performance.now();
  const chunk = (text: string) => ({ model, created_at: new Date().toISOString(), ...shape(text) });
  const last = (text: string) => ({ ...chunk(text), done: true, ...metrics(generation, started) });
  // Ollama streams unless told not to.
  if (body["stream"] === false) return sendJson(call.response, 200, last(generation.pieces.join("")));
  await sendStream(call, "application/x-ndjson", lines());

  function* lines() {
    for (const piece of generation.pieces) {
      yield { text: `${JSON.stringify({ ...chunk(piece), done: false })}\n`, token: true };
    }
    yield { text: `${JSON.stringify(last(""))}\n`, token: false };
  }
}

/** The figures of the last message. Durations in nanoseconds, the counts true. */
function metrics(generation: Generation, started: number) {
  const total = Math.max(1, Math.round((performance.now() - started) * 1e6));
  return {
    done_reason: generation.finish,
    total_duration: total,
    load_duration: 1,
    prompt_eval_count: generation.promptTokens,
    prompt_eval_duration: 1,
    eval_count: generation.pieces.length,
    eval_duration: total,
  };
}

/** @throws Refusal 404 for a model that is not here, `unnamed` where none was named */
export function modelOf(body: JsonObject, models: readonly string[], unnamed: Refusal): string {
  const model = body["model"] ?? body["name"];
  if (typeof model !== "string" || model === "") throw unnamed;
  if (!hasModel(models, model)) throw new Refusal(404, `model '${model}' not found`);
  return model;
}

function settings(body: JsonObject) {
  const options = isObject(body["options"]) ? body["options"] : {};
  const format = body["format"];
  return { maxTokens: limitOf(options["num_predict"]), json: format === "json" || isObject(format) };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new Refusal(400, "text must be a string");
  return value;
}
