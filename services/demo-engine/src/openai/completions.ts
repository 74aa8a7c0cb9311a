import { randomUUID } from "node:crypto";
import { type Call, isObject, type JsonObject, limitOf, sendJson } from "../call.ts";
import { type Generation, generate } from "../generate.ts";
import { Refusal } from "../refusal.ts";
import { sendStream } from "../stream.ts";
import { readRequest, textOf, usage, wantsUsage } from "./request.ts";

/** How chat and plain completions differ: their names, and where text goes. */
interface Shape {
  readonly id: string;
  readonly object: string;
  readonly chunkObject: string;
  /** The one choice of a whole answer. */
  whole(text: string): JsonObject;
  /** The choice of one chunk. */
  part(text: string): JsonObject;
  /** Before the first text, if anything. */
  readonly opening: JsonObject | undefined;
  readonly closing: JsonObject;
}

const CHAT: Shape = {
  id: "chatcmpl-",
  object: "chat.completion",
  chunkObject: "chat.completion.chunk",
  whole: (content) => ({ message: { role: "assistant", content, refusal: null } }),
  part: (content) => ({ delta: { content } }),
  opening: { delta: { role: "assistant", content: "", refusal: null } },
  closing: { delta: {} },
};

const TEXT: Shape = {
  id: "cmpl-",
  object: "text_completion",
  chunkObject: "text_completion",
  whole: (text) => ({ text }),
  part: (text) => ({ text }),
  opening: undefined,
  closing: { text: "" },
};

/** `POST /v1/chat/completions` */
export async function chatCompletion(call: Call): Promise<void> {
  const { body, model } = await readRequest(call);
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject)) {
    throw new Refusal(400, "messages must be a list of at least one message");
  }
  const prompt = messages.map((message) => textOf(message["content"]));
  const question = messages.findLast((message) => message["role"] === "user");
  const format = body["response_format"];
  const generation = generate({
    question: textOf(question?.["content"]),
    prompt,
    maxTokens: limitOf(body["max_completion_tokens"]) ?? limitOf(body["max_tokens"]),
    json: isObject(format) && format["type"] !== "text",
  });
  await answer(call, { body, model, generation, shape: CHAT });
}

/** `POST /v1/completions` */
export async function textCompletion(call: Call): Promise<void> {
  const { body, model } = await readRequest(call);
  const prompt = body["prompt"];
  if (typeof prompt !== "string") throw new Refusal(400, "prompt must be a string");
  const maxTokens = limitOf(body["max_tokens"]);
  const generation = generate({ question: prompt, prompt: [prompt], maxTokens, json: false });
  await answer(call, { body, model, generation, shape: TEXT });
}

interface Answer {
  readonly body: JsonObject;
  readonly model: string;
  readonly generation: Generation;
  readonly shape: Shape;
}

async function answer(call: Call, { body, model, generation, shape }: Answer): Promise<void> {
  const { pieces, finish, promptTokens } = generation;
  const head = (object: string) => ({ id, object, created, model, system_fingerprint: "fp_demo" });
  const choice = (content: JsonObject, finish_reason: string | null) => ({
    index: 0,
    ...content,
    logprobs: null,
    finish_reason,
  });
  const id = `${shape.id}${randomUUID()}`;
  const created = Math.floor(Date.now() / 1000);
  const counts = usage(promptTokens, pieces.length);
  // OpenAI streams only when told to.
  if (body["stream"] !== true) {
    const choices = [choice(shape.whole(pieces.join("")), finish)];
    return sendJson(call.response, 200, { ...head(shape.object), choices, usage: counts });
  }
  const withUsage = wantsUsage(body);
  const event = (choices: readonly JsonObject[], used: typeof counts | null) =>
    `data: ${JSON.stringify({ ...head(shape.chunkObject), choices, ...(withUsage ? { usage: used } : {}) })}\n\n`;
  await sendStream(call, "text/event-stream; charset=utf-8", events());

  function* events() {
    if (shape.opening !== undefined) yield { text: event([choice(shape.opening, null)], null), token: false };
    for (const piece of pieces) yield { text: event([choice(shape.part(piece), null)], null), token: true };
    yield { text: event([choice(shape.closing, finish)], null), token: false };
    if (withUsage) yield { text: event([], counts), token: false };
    yield { text: "data: [DONE]\n\n", token: false };
  }
}
