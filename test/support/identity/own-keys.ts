import type { SigningKeys } from "../../../services/gateway/src/core/ports/keys.ts";
import { makeKey, signToken, type TestKey } from "./tokens.ts";

export const PUBLIC_URL = "http://gateway.test";

/** The authority's keys, held in memory; `withdraw` unpublishes one. */
export interface OwnKeys extends SigningKeys {
  readonly key: TestKey;
  withdraw(): void;
}

export function ownKeys(): OwnKeys {
  const key = makeKey("own-1");
  const published = { ...key, alg: "ES256" as const };
  let isPublished = true;
  return {
    key,
    active: () => published,
    find: (kid) => (isPublished && kid === key.kid ? published : undefined),
    findEver: (kid) => (kid === key.kid ? published : undefined),
    jwks: () => ({ keys: isPublished ? [key.jwk] : [] }),
    withdraw: () => {
      isPublished = false;
    },
  };
}

/** Claims of an agent token at depth 1, as CONTRACT §6 has them. Times in seconds. */
export function agentClaims(now: number, changes: object = {}): Record<string, unknown> {
  const iat = Math.floor(now / 1000);
  return {
    iss: PUBLIC_URL,
    sub: "alice",
    sub_id: { format: "iss_sub", iss: "https://idp.test", sub: "alice" },
    aud: PUBLIC_URL,
    client_id: "research-agent",
    jti: "01920000-0000-7000-8000-000000000001",
    iat,
    exp: iat + 300,
    scope: "llm:read memory:write",
    act: { sub: "research-agent", iss: PUBLIC_URL },
    agent_auth: "none",
    sid: "session-1",
    dlg: "dlg-1",
    root: "dlg-1",
    anc: [],
    ...changes,
  };
}

export function signAgentToken(key: TestKey, claims: object, header: object = {}): string {
  return signToken(key, claims, { typ: "at+jwt", ...header });
}
