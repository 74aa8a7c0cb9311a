/** The methods of a path that list models or run inference: `llm:read`. */
export interface KnownRoute {
  readonly path: string;
  readonly methods: readonly string[];
  /** Holds for everything below the path too. */
  readonly below?: true;
}

const READ = ["GET", "HEAD"];
const RUN = ["POST"];

/** Paths as `readTarget` normalises them. Another method than these is a route that no table knows. */
export const KNOWN_ROUTES: readonly KnownRoute[] = [
  // Ollama
  { path: "/", methods: READ },
  { path: "/api/tags", methods: READ },
  { path: "/api/ps", methods: READ },
  { path: "/api/version", methods: READ },
  { path: "/api/show", methods: RUN },
  { path: "/api/chat", methods: RUN },
  { path: "/api/generate", methods: RUN },
  { path: "/api/embed", methods: RUN },
  { path: "/api/embeddings", methods: RUN },

  // OpenAI
  { path: "/v1/models", methods: READ, below: true },
  { path: "/v1/chat/completions", methods: RUN },
  { path: "/v1/completions", methods: RUN },
  { path: "/v1/embeddings", methods: RUN },
  { path: "/v1/moderations", methods: RUN },
  { path: "/v1/responses", methods: RUN },
  // A background response is fetched by its id, which cannot be guessed, and there is no list of them.
  { path: "/v1/responses", methods: READ, below: true },
  { path: "/v1/responses/compact", methods: RUN },
  { path: "/v1/responses/input_tokens", methods: RUN },
  { path: "/v1/audio/speech", methods: RUN },
  { path: "/v1/audio/transcriptions", methods: RUN },
  { path: "/v1/audio/translations", methods: RUN },
  { path: "/v1/images/edits", methods: RUN },
  { path: "/v1/images/generations", methods: RUN },
  { path: "/v1/images/variations", methods: RUN },

  // Anthropic
  { path: "/v1/messages", methods: RUN },
  { path: "/v1/messages/count_tokens", methods: RUN },
  { path: "/v1/complete", methods: RUN },

  // vLLM, and the names that rerankers share (Jina, Cohere)
  { path: "/tokenize", methods: RUN },
  { path: "/detokenize", methods: RUN },
  { path: "/classify", methods: RUN },
  { path: "/embed", methods: RUN },
  { path: "/pooling", methods: RUN },
  { path: "/rerank", methods: RUN },
  { path: "/score", methods: RUN },
  { path: "/v1/chat/completions/batch", methods: RUN },
  { path: "/v1/rerank", methods: RUN },
  { path: "/v1/score", methods: RUN },
  { path: "/v2/embed", methods: RUN },
  { path: "/v2/rerank", methods: RUN },
  { path: "/health", methods: READ },
  { path: "/ping", methods: ["GET", "HEAD", "POST"] },
  { path: "/version", methods: READ },
  { path: "/load", methods: READ },
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
