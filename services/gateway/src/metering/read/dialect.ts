/** What a path runs, as far as counting goes. */
export interface Dialect {
  /** The operation, by OpenTelemetry's name for it. */
  readonly operation: "chat" | "text_completion" | "embeddings" | "generate_content" | "rerank";
  /** Whether text is generated: else there is no output to estimate. */
  readonly generates: boolean;
  /** Whether what is not told can be worked out from text: sound and pictures cannot. */
  readonly isText: boolean;
}

const generating = (operation: Dialect["operation"]): Dialect => ({
  operation,
  generates: true,
  isText: true,
});
const EMBEDDING: Dialect = { operation: "embeddings", generates: false, isText: true };
const RANKING: Dialect = { operation: "rerank", generates: false, isText: true };
const OTHER: Dialect = { operation: "generate_content", generates: false, isText: false };

/** Paths that run a model, as they are matched. What is not here is not metered. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  "/api/chat": generating("chat"),
  "/api/generate": generating("text_completion"),
  "/api/embed": EMBEDDING,
  "/api/embeddings": EMBEDDING,
  "/v1/chat/completions": generating("chat"),
  "/v1/chat/completions/batch": generating("chat"),
  "/v1/completions": generating("text_completion"),
  "/v1/responses": generating("chat"),
  "/v1/responses/compact": generating("chat"),
  "/v1/messages": generating("chat"),
  "/v1/complete": generating("text_completion"),
  "/v1/embeddings": EMBEDDING,
  "/v1/moderations": EMBEDDING,
  "/v1/rerank": RANKING,
  "/v1/score": RANKING,
  "/v2/embed": EMBEDDING,
  "/v2/rerank": RANKING,
  "/embed": EMBEDDING,
  "/pooling": EMBEDDING,
  "/classify": EMBEDDING,
  "/rerank": RANKING,
  "/score": RANKING,
  // One engine's own (vLLM, llama.cpp, SGLang, TGI).
  "/invocations": generating("chat"),
  "/inference/v1/generate": generating("text_completion"),
  "/completion": generating("text_completion"),
  "/infill": generating("text_completion"),
  "/generate": generating("text_completion"),
  "/generate_stream": generating("text_completion"),
  "/embedding": EMBEDDING,
  "/v1/reranking": RANKING,
  "/v1/audio/speech": OTHER,
  "/v1/audio/transcriptions": OTHER,
  "/v1/audio/translations": OTHER,
  "/v1/images/edits": OTHER,
  "/v1/images/generations": OTHER,
  "/v1/images/variations": OTHER,
};

/** @param path as it is matched. An upstream whose address ends in `/v1` is asked without it */
export function dialectOf(path: string): Dialect | undefined {
  if (Object.hasOwn(DIALECTS, path)) return DIALECTS[path];
  const below = `/v1${path}`;
  return Object.hasOwn(DIALECTS, below) ? DIALECTS[below] : undefined;
}
