/** Routes on which a model writes: what it reads and what it writes are tokens. As `readTarget` normalises them. */
const WRITES: ReadonlySet<string> = new Set([
  "/api/chat",
  "/api/generate",
  "/v1/chat/completions",
  "/v1/chat/completions/batch",
  "/v1/completions",
  "/v1/responses",
  "/v1/responses/compact",
  "/v1/messages",
  "/v1/complete",
  // One engine's own (vLLM, llama.cpp, SGLang, TGI).
  "/invocations",
  "/inference/v1/generate",
  "/completion",
  "/infill",
  "/generate",
  "/generate_stream",
]);

/** Routes on which a model reads only. */
const READS: ReadonlySet<string> = new Set([
  "/api/embed",
  "/api/embeddings",
  "/v1/embeddings",
  "/v1/moderations",
  "/v1/rerank",
  "/v1/score",
  "/v2/embed",
  "/v2/rerank",
  "/classify",
  "/embed",
  "/pooling",
  "/rerank",
  "/score",
  "/embedding",
  "/v1/reranking",
]);

/** Objects whose ids callers choose. */
const BELOW: readonly string[] = ["/v1/models", "/v1/responses"];

/** Does a model run there, and does it write? An upstream may have `/v1` in its own address. */
export function modelWork(method: string, path: string): "writes" | "reads" | "none" {
  if (method !== "POST") return "none";
  if (WRITES.has(path) || WRITES.has(`/v1${path}`)) return "writes";
  return READS.has(path) || READS.has(`/v1${path}`) ? "reads" : "none";
}

/** What a path is called where routes are counted: callers must not be able to make up new ones. */
export function routeName(path: string, scope: string): string {
  if (scope !== "llm:read") return "other";
  return BELOW.find((prefix) => path.startsWith(`${prefix}/`)) ?? path;
}
