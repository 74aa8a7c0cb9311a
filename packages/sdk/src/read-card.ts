import { parseObject, toMembers } from "./bounded-body.ts";
import { AttachError } from "./errors.ts";
import { isOn, parseUrl } from "./target.ts";

/** What a card says of the way in. */
export interface AccessTerms {
  /** What calls of this agent need. */
  readonly scopes: readonly string[];
}

type Members = ReadonlyMap<string, unknown>;

const CARD_MS = 15_000;
const MAX_CARD = 1024 * 1024;
/** Where an Attach Gateway issues tokens. */
const TOKEN_PATH = "/oauth/token";
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

/**
 * Reads an agent's card (A2A 1.0 §4.5): its OAuth scheme, where tokens are to be had, for which scopes.
 * @throws AttachError `invalid_response`, `network_error`, `timeout`
 */
export async function readAccessTerms(card: URL, fetch: typeof globalThis.fetch): Promise<AccessTerms> {
  const members = await fetchObject(card, fetch);
  const found = findScheme(members);
  if (found === undefined) throw useless("names no OAuth scheme");
  const [name, scheme] = found;
  const endpoint = tokenUrl(scheme) ?? (await fromMetadata(scheme, card, fetch));
  const url = typeof endpoint === "string" ? parseUrl(endpoint) : undefined;
  // The user's token goes there: a card is believed about its own origin alone.
  if (url === undefined || !isOn(new URL(card.origin), url) || url.pathname !== TOKEN_PATH)
    throw useless("does not have its tokens from its own origin");
  for (const { url: place } of list(members.get("supportedInterfaces")).map(read)) {
    const target = typeof place === "string" ? parseUrl(place) : undefined;
    if (target === undefined || !isOn(new URL(card.origin), target))
      throw useless("has interfaces at another origin");
  }
  const scopes = scopesOf(members, name);
  if (scopes.length === 0) throw useless("names no scopes: give them as an option");
  return { scopes };
}

const read = (value: unknown) => ({ url: toMembers(value)?.get("url") });

function findScheme(card: Members): readonly [string, Members] | undefined {
  for (const [name, value] of toMembers(card.get("securitySchemes")) ?? []) {
    const scheme = toMembers(toMembers(value)?.get("oauth2SecurityScheme"));
    if (scheme !== undefined) return [name, scheme];
  }
  return undefined;
}

function tokenUrl(scheme: Members): unknown {
  const flows = toMembers(scheme.get("flows"));
  return toMembers(flows?.get("clientCredentials"))?.get("tokenUrl");
}

/** RFC 8414. */
async function fromMetadata(scheme: Members, card: URL, fetch: typeof globalThis.fetch): Promise<unknown> {
  const address = scheme.get("oauth2MetadataUrl");
  const url = typeof address === "string" ? parseUrl(address) : undefined;
  if (url === undefined || !isOn(new URL(card.origin), url)) return undefined;
  return (await fetchObject(url, fetch)).get("token_endpoint");
}

function scopesOf(card: Members, scheme: string): readonly string[] {
  for (const requirement of list(card.get("securityRequirements"))) {
    const named = toMembers(toMembers(toMembers(requirement)?.get("schemes"))?.get(scheme));
    const scopes = list(named?.get("list")).filter((scope) => typeof scope === "string");
    if (scopes.length > 0 && scopes.every((scope) => SCOPE.test(scope))) return scopes;
  }
  return [];
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

async function fetchObject(url: URL, fetch: typeof globalThis.fetch): Promise<Members> {
  let text: string;
  try {
    const response = await fetch(url.href, {
      headers: { Accept: "application/json", "A2A-Version": "1.0" },
      redirect: "manual",
      signal: AbortSignal.timeout(CARD_MS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw useless(`cannot be had (${response.status})`);
    }
    text = await response.text();
  } catch (cause) {
    if (cause instanceof AttachError) throw cause;
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    throw new AttachError(isLate ? "timeout" : "network_error", "the card cannot be fetched", { cause });
  }
  const members = text.length > MAX_CARD ? undefined : parseObject(text);
  if (members === undefined) throw useless("is not a JSON object");
  return members;
}

const useless = (why: string) => new AttachError("invalid_response", `the agent's card ${why}`);
