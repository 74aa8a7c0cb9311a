import { type Call, type JsonObject, sendJson } from "../call.ts";
import { embed } from "../embed.ts";
import { Refusal } from "../refusal.ts";
import { countTokens } from "../tokens.ts";
import { readRequest } from "./request.ts";

/** `POST /v1/embeddings` */
export async function embeddings(call: Call): Promise<void> {
  const { body, model } = await readRequest(call);
  const inputs = inputsOf(body);
  const encode = body["encoding_format"] === "base64" ? toBase64 : (vector: readonly number[]) => vector;
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  sendJson(call.response, 200, {
    object: "list",
    data: inputs.map((input, index) => ({ object: "embedding", index, embedding: encode(embed(input)) })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

function inputsOf(body: JsonObject): readonly string[] {
  const input = body["input"];
  const list = Array.isArray(input) ? input : [input];
  if (list.length === 0 || !list.every((item) => typeof item === "string")) {
    throw new Refusal(400, "input must be a string or a list of strings");
  }
  return list;
}

/** Little-endian 32-bit floats: what OpenAI's own client asks for by default. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes.toString("base64");
}
