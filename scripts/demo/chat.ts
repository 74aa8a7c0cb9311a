import { check } from "./check.ts";

export interface StreamedChat {
  readonly text: string;
  /** Reads from the wire that had part of the answer before the answer was complete. */
  readonly parts: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

interface ChatLine {
  readonly message?: { readonly content?: string; readonly thinking?: string };
  readonly done?: boolean;
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
}

/** Asks `/api/chat` for a stream, as any Ollama client does, and reads it as it comes. */
export async function streamChat(
  fetch: typeof globalThis.fetch,
  request: { readonly model: string; readonly question: string },
): Promise<StreamedChat> {
  const { model, question } = request;
  const response = await fetch("/api/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    // A small bound: a real model on a laptop shall not keep the story waiting.
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: question }],
      options: { num_predict: 128 },
    }),
  });
  check(response.status === 200 && response.body !== null, `the engine's answer was ${response.status}`);
  const type = response.headers.get("content-type") ?? "";
  check(type.startsWith("application/x-ndjson"), `the answer is no stream of JSON lines but ${type}`);

  let raw = "";
  let parts = 0;
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    raw += chunk;
    parts++;
  }
  const lines = raw
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ChatLine);
  const last = lines.at(-1);
  check(last?.done === true, "the stream ended before the answer did");
  check(parts > 1, "the answer came in one piece, so it was not streamed");
  return {
    // A model that thinks aloud may spend the whole bound on that.
    text: lines.map(({ message }) => message?.content || message?.thinking || "").join(""),
    parts,
    tokensIn: last.prompt_eval_count ?? 0,
    tokensOut: last.eval_count ?? 0,
  };
}
