/** What the engines call the bound on what they write (OpenAI, Anthropic, Ollama, vLLM, llama.cpp). */
const BOUND =
  /"(?:max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens|max_tokens_to_sample|num_predict|n_predict)"\s*:\s*(-?\d{1,12})(?![\d.eE])/gi;
/** A letter or an underscore that is escaped though it need not be: a name that is meant to be read by the engine alone. */
const DISGUISED = /\\u(?:00(?:5f|[46][1-9a-f]|[57][0-9a])|017f|212a)/i;

/** Where each route's bound stands. One that stands elsewhere its engine never looks at: it binds nobody. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  "/api/chat": ["options.num_predict"],
  "/api/generate": ["options.num_predict"],
  "/v1/chat/completions": ["max_tokens", "max_completion_tokens"],
  "/v1/chat/completions/batch": ["max_tokens", "max_completion_tokens"],
  "/v1/completions": ["max_tokens"],
  "/v1/responses": ["max_output_tokens"],
  "/v1/responses/compact": ["max_output_tokens"],
  "/v1/messages": ["max_tokens"],
  "/v1/complete": ["max_tokens_to_sample"],
  "/completion": ["n_predict"],
  "/infill": ["n_predict"],
};

/**
 * The bound that a caller states for one answer, in tokens. Engines differ in what they make of a name that stands there twice, so the
 * largest counts.
 * @returns `null`: none that its engine is sure to keep. 0 and less are none to Ollama
 */
export function statedBound(
  body: Buffer,
  json: Readonly<Record<string, unknown>> | null,
  route: string,
): number | null {
  const places = PLACES[route] ?? PLACES[`/v1${route}`];
  if (json === null || places === undefined) return null;
  const own = places.flatMap((place) => statedAt(json, place));
  if (own.length === 0 || !own.every((value) => Number.isSafeInteger(value) && Number(value) > 0))
    return null;
  const text = body.toString("latin1");
  if (DISGUISED.test(text)) return null;
  let bound = Math.max(...own.map(Number));
  for (const [, digits] of text.matchAll(BOUND)) {
    const stated = Number(digits);
    if (stated < 0) return null;
    bound = Math.max(bound, stated);
  }
  return bound;
}

/** What stands at a place, under every spelling of its outer name: Go's decoder takes any, and the last. */
function statedAt(json: Readonly<Record<string, unknown>>, place: string): readonly unknown[] {
  const [outer = "", inner] = place.split(".");
  const names = Object.keys(json).filter((name) => name.length === outer.length && folded(name) === outer);
  const values = names.map((name) => json[name]);
  // `null` says nothing, but beside another spelling it may be what holds.
  if (values.length === 1 && (values[0] ?? null) === null) return [];
  if (inner === undefined) return values;
  return values.map((value) => (value as Readonly<Record<string, unknown>> | null)?.[inner]);
}

/** As Go folds names: the long s and the Kelvin sign are letters too. */
const folded = (name: string): string => name.toUpperCase().toLowerCase();
