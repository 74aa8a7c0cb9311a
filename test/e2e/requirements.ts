/**
 * What the product promises, by id. A promise is `kept` when a black-box test that runs real parts carries its id in its
 * title; `coverage.test.ts` fails when a kept promise has no such test, and when a test names an id that is not here.
 */
export interface Requirement {
  readonly promise: string;
  /** `kept`: claimed by this version. `part`: the words in `missing` are not yet true. `planned`: nothing is claimed. */
  readonly state: "kept" | "part" | "planned";
  readonly missing?: string;
}

const kept = (promise: string): Requirement => ({ promise, state: "kept" });
const part = (promise: string, missing: string): Requirement => ({ promise, state: "part", missing });
const planned = (promise: string): Requirement => ({ promise, state: "planned" });

export const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  I01: kept(
    "OIDC tokens are verified offline by JWKS: discovery, cache, rotation, one bounded refetch, IdP outage",
  ),
  I02: kept("Several issuers at once, each with its own rules"),
  I03: kept("HMAC tokens from a configured shared secret, only for the issuer that names it"),
  I04: kept("DID tokens and wallet log-in, truly verified"),
  I05: kept("Service accounts by client_credentials"),
  I06: kept("attach-gateway login prints a user token from the configured IdP"),
  I07: kept("Starts with nothing but OIDC_ISSUER; with nothing at all in dev"),
  I08: kept("GET /auth/config feeds a browser log-in"),
  I09: kept("Foreign tokens by exchange at an IdP"),
  I10: planned("Bots by HTTP message signatures"),
  T01: kept(
    "AttachClient(userJwt).getAgentToken returns a scoped token, and the agent calls the gateway with it",
  ),
  T02: kept("RFC 8693 at /oauth/token, used by standard clients unchanged"),
  T03: kept("Scopes only shrink along a chain, and the answer says what was granted"),
  T04: kept("Delegation from agent to agent with a nested act chain"),
  T05: kept("Revoking a token, session, agent or user kills everything below it"),
  T06: kept("Introspection and revocation with authenticated callers"),
  T07: kept("Rotation: a workflow longer than one token never breaks"),
  T08: kept("DPoP-bound agent tokens"),
  T09: kept("Signing keys rotate with overlap and are encrypted at rest"),
  T10: kept("Agent registry"),
  T11: part("Policies decide who may exchange, call and delegate", "another decision point (OPA)"),
  T12: part("Tokens are stored as rows, never as text", "PostgreSQL"),
  T13: planned("ID-JAG on both sides"),
  R01: kept("curl → gateway → Ollama /api/chat and /api/generate with a verified user"),
  R02: kept("Any path and method of any HTTP engine by changing ENGINE_URL only"),
  R03: kept("Streams stream: first byte, each chunk and the hang-up travel at once"),
  R04: kept(
    "X-Attach-User, -Session and -Agent reach the engine and cannot be forged; the bearer never does",
  ),
  R05: kept("The engine's answer comes back unchanged; engine trouble is 502, 503 or 504, never a 200"),
  R06: kept("OpenAI SDK, LangChain.js and AI SDK work by baseURL alone"),
  R07: kept("Rate and concurrency limits"),
  R08: kept("Token quotas and budgets, reserved before and settled after"),
  R09: kept("Usage by user, agent and model"),
  R10: kept("Several named upstreams"),
  A01: kept("The simple task façade"),
  A02: kept("A2A in front of registered agents"),
  A03: kept("Tasks survive a restart and belong to their owner"),
  A04: kept("Hand-off to registered agents only, with a token minted for them"),
  A05: kept("temporal://Workflow runs a real workflow"),
  A06: planned("OpenHands hand-off target"),
  A07: part("Planner to coder hand-off by mem_id", "the page that shows it"),
  C01: planned("An MCP client connects through the gateway"),
  C02: planned("Per-tool scopes with step-up"),
  C03: planned("MCP conformance suites"),
  M01: kept("Every prompt and answer is mirrored without delaying the stream"),
  M02: kept("Memory backends: none, sqlite, weaviate"),
  M03: kept("Secrets are redacted before anything is stored"),
  M04: kept("Reads are filtered to the verified user"),
  M05: kept("POST /v1/logs"),
  M06: kept("Memory API and the SDK over it"),
  M07: kept("An outage or crash of memory loses no accepted record"),
  M08: planned("Shared spaces"),
  M09: planned("Versioned memory"),
  O01: kept("Audit of every issue, exchange, refusal, call and revocation"),
  O02: kept("The audit chain is tamper-evident and verified offline"),
  O03: kept("Export and attribution"),
  O04: kept("Health, readiness, metrics, structured logs without secrets, traces"),
  O05: part("Many nodes", "PostgreSQL"),
  O06: part(
    "Image, compose, chart",
    "a Helm chart, side-car injection; the image was never built by a container engine here",
  ),
  O07: planned("Console"),
  O08: planned("attach-gateway init"),
  O09: planned("Python SDK"),
  O10: planned("Stories as examples that check themselves"),
  O11: kept("Upgrades, backup, secret rotation"),
  O12: planned("What differs from the earlier gateway"),
};

/** Security decisions that this version implements: each has a test, of any kind, that carries its number. */
export const SECURITY_DECISIONS = [
  "S01",
  "S02",
  "S03",
  "S04",
  "S05",
  "S06",
  "S07",
  "S08",
  "S09",
  "S10",
  "S11",
  "S12",
  "S13",
  "S14",
  "S15",
  "S16",
  "S17",
  "S18",
  "S19",
  "S20",
  "S21",
  "S22",
  "S23",
  "S24",
] as const;
