import { type Call, type JsonObject, readBody, sendJson } from "../call.ts";
import { embed as vector } from "../embed.ts";
import { Refusal } from "../refusal.ts";
import { countTokens } from "../tokens.ts";
import { modelOf } from "./generate.ts";

/** `POST /api/embed` */
export async function embed(call: Call): Promise<void> {
  const body = await readBody(call);
  const inputs = inputsOf(body);
  const model = modelOf(body, call.models, new Refusal(404, "model '' not found"));
  sendJson(call.response, 200, {
    model,
    embeddings: inputs.map(vector),
    total_duration: 1,
    load_duration: 1,
    prompt_eval_count: inputs.reduce((sum, input) => sum + countTokens(input), 0),
  });
}

/** `POST /api/embeddings`, the older form: one prompt, one vector. */
export async function embedOne(call: Call): Promise<void> {
  const body = await readBody(call);
  modelOf(body, call.models, new Refusal(400, "model is required"));
  sendJson(call.response, 200, { embedding: vector(String(body["prompt"] ?? "")) });
}

function inputsOf(body: JsonObject): readonly string[] {
  const input = body["input"] ?? [];
  const list = Array.isArray(input) ? input : [input];
  if (!list.every((item) => typeof item === "string")) throw new Refusal(400, "invalid input type");
  return list;
}
