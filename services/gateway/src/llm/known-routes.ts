/** The methods of a path that list models or run inference: `llm:read`. */
export interface KnownRoute {
  readonly path: string;
  readonly methods: readonly string[];
  /** Holds for everything below the path too. */
  readonly below?: true;
  /** Takes a JSON object that names a model. */
  readonly names?: "model";
}

const READ = ["GET", "HEAD"];
const RUN = ["POST"];
/** Runs inference on a JSON body. */
const INFER = { methods: RUN, names: "model" } as const;

/** Paths as `readTarget` normalises them. Another method than these is a route that no table knows. */
export const KNOWN_ROUTES: readonly KnownRoute[] = [
  // Ollama
  { path: "/", methods: READ },
  { path: "/api/tags", methods: READ },
  { path: "/api/ps", methods: READ },
  { path: "/api/version", methods: READ },
  { path: "/api/show", ...INFER },
  { path: "/api/chat", ...INFER },
  { path: "/api/generate", ...INFER },
  { path: "/api/embed", ...INFER },
  { path: "/api/embeddings", ...INFER },

  // OpenAI
  { path: "/v1/models", methods: READ, below: true },
  { path: "/v1/chat/completions", ...INFER },
  { path: "/v1/completions", ...INFER },
  { path: "/v1/embeddings", ...INFER },
  { path: "/v1/moderations", ...INFER },
  { path: "/v1/responses", ...INFER },
  // A background response is fetched by its id, which cannot be guessed, and there is no list of them.
  { path: "/v1/responses", methods: READ, below: true },
  { path: "/v1/responses/compact", ...INFER },
  { path: "/v1/responses/input_tokens", ...INFER },
  { path: "/v1/audio/speech", ...INFER },
  { path: "/v1/audio/transcriptions", methods: RUN },
  { path: "/v1/audio/translations", methods: RUN },
  { path: "/v1/images/edits", methods: RUN },
  { path: "/v1/images/generations", ...INFER },
  { path: "/v1/images/variations", methods: RUN },

  // Anthropic
  { path: "/v1/messages", ...INFER },
  { path: "/v1/messages/count_tokens", ...INFER },
  { path: "/v1/complete", ...INFER },

  // vLLM, and the names that rerankers share (Jina, Cohere)
  { path: "/tokenize", ...INFER },
  { path: "/detokenize", ...INFER },
  { path: "/classify", ...INFER },
  { path: "/embed", ...INFER },
  { path: "/pooling", ...INFER },
  { path: "/rerank", ...INFER },
  { path: "/score", ...INFER },
  { path: "/v1/chat/completions/batch", ...INFER },
  { path: "/v1/rerank", ...INFER },
  { path: "/v1/score", ...INFER },
  { path: "/v2/embed", ...INFER },
  { path: "/v2/rerank", ...INFER },
  { path: "/health", methods: READ },
  { path: "/ping", methods: ["GET", "HEAD", "POST"] },
  { path: "/version", methods: READ },
  { path: "/load", methods: READ },
];

/**
 * Inference under names of one engine's own (vLLM, llama.cpp, SGLang, TGI). They need `engine:any` like every path that engines do not
 * share; a budget holds there all the same, so they are read and counted.
 */
export const OTHER_INFERENCE: readonly string[] = [
  "/invocations",
  "/inference/v1/generate",
  "/completion",
  "/completions",
  "/chat/completions",
  "/responses",
  "/messages",
  "/infill",
  "/embedding",
  "/embeddings",
  "/reranking",
  "/v1/reranking",
  "/generate",
  "/generate_stream",
];

/**
 * Where a stored object of the account is read, changed or removed by a method that the known routes do not have: listing
 * stored chats shows everybody's, deleting a model takes it from everybody.
 */
export const OWNED_PATHS: readonly string[] = [
  "/v1/models",
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
];
