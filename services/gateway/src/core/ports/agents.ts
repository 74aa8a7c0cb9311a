import type { JWK } from "jose";
import type { Owner } from "../owner.ts";

/** How a registered agent proves itself at the token endpoint. Never `none` (S01). */
export type AgentAuthMethod = "client_secret_basic" | "client_secret_post" | "private_key_jwt";

/** A registered agent or service account (CONTRACT §3). Its `id` is the `client_id` and the `act.sub`. */
export interface AgentRecord {
  readonly id: string;
  readonly name: string;
  readonly owner: Owner;
  readonly auth: AgentAuthMethod;
  /** HMAC-SHA-256 of the secret under a subkey; `null` for `private_key_jwt`. */
  readonly secretHash: string | null;
  readonly jwks: { readonly keys: readonly JWK[] } | null;
  /** Ceiling; `null`: whatever the user may. */
  readonly scopes: readonly string[] | null;
  /** Resources it may ask a token for, besides `PUBLIC_URL`. */
  readonly audiences: readonly string[];
  /** Longest lifetime of its tokens in seconds; `null`: the configuration's. */
  readonly ttl: number | null;
  /** Deepest chain it may stand in; `null`: the configuration's. */
  readonly depth: number | null;
  /** Agents it may hand on to; `null`: any in `open`, none in `registered`. */
  readonly mayDelegateTo: readonly string[] | null;
  readonly status: "active" | "suspended";
  /** May it introspect tokens addressed to it (RFC 7662)? */
  readonly introspect: boolean;
  readonly endpoint: {
    readonly url: string;
    readonly protocol: "a2a" | "http";
    readonly resource: string;
  } | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** `config`: it stands in attach.yaml, and is changed there alone. */
  readonly source: "registry" | "config";
}

/** What a user has allowed an agent, beyond asking each time. Expires; can be taken back. */
export interface GrantRecord {
  readonly id: string;
  readonly owner: Owner;
  readonly agent: string;
  readonly scopes: readonly string[];
  /** What of the user's memory it may see; `null`: what the configuration says. */
  readonly memory: MemoryReach | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** How far an agent sees: what it wrote itself; that and its whole workflow (one `root`, S12); all of the user's. */
export const MEMORY_REACHES = ["own", "session", "user"] as const;
export type MemoryReach = (typeof MEMORY_REACHES)[number];
