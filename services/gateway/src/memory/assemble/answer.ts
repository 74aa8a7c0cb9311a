import { AnthropicReader } from "./anthropic.ts";
import { asObject, type Json, parseJson } from "./json.ts";
import { OllamaReader } from "./ollama.ts";
import { OpenAiReader } from "./openai.ts";
import type { Answer, AnswerReader } from "./reader.ts";
import { ResponsesReader } from "./responses.ts";

/** The answer in a response to a known inference route, streamed or not: whatever of it came. */
export function readAnswer(path: string, body: string): Answer {
  const reader = readerFor(path);
  const whole = asObject(parseJson(body));
  if (whole !== undefined) reader.take(whole);
  else for (const piece of piecesOf(body)) reader.take(piece);
  return reader.answer();
}

function readerFor(path: string): AnswerReader {
  if (path.startsWith("/api/")) return new OllamaReader();
  if (path === "/v1/messages") return new AnthropicReader();
  return path === "/v1/responses" ? new ResponsesReader() : new OpenAiReader();
}

/** The objects of a stream: one a line (Ollama), or in the `data` of server-sent events, which may go over several lines. */
function* piecesOf(body: string): Generator<Json> {
  let data = "";
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (line.startsWith("data:")) {
      data += (data === "" ? "" : "\n") + line.slice(line.startsWith("data: ") ? 6 : 5);
      continue;
    }
    const text = line === "" ? data : line;
    if (line === "") data = "";
    const piece = text.startsWith("{") ? asObject(parseJson(text)) : undefined;
    if (piece !== undefined) yield piece;
  }
  // A stream that was cut short may lack the empty line.
  const last = asObject(parseJson(data));
  if (last !== undefined) yield last;
}
