import { MAX_DELEGATION_DEPTH, MAX_SCOPES } from "@attach-dev/protocol";
import Type, { type Static, type TSchema } from "typebox";
import { MEMORY_REACHES, type MemoryReach } from "../../core/ports/agents.ts";

/** Shapes of `/attach/v1/*` (CONTRACT §3). Strict: an unknown member is refused, everything is bounded. */

const strict = { additionalProperties: false } as const;

/** An agent's id goes into a path, a header and a claim: no escape is ever needed for it. */
const AgentId = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,127}$",
  description: "Its client_id, act.sub and place under /a2a/agents.",
});

const Identifier = Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$" });
export const OwnerShape = Type.Object({ iss: Identifier, sub: Identifier }, strict);

const Scope = Type.String({ pattern: "^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,200}$" });
const Scopes = Type.Array(Scope, { maxItems: MAX_SCOPES, uniqueItems: true });
/** Judged further in `targets.ts`. */
const Target = Type.String({ minLength: 1, maxLength: 2048 });
/** ISO 8601, UTC. */
export const Time = Type.String({ format: "date-time" });

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const literals = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values] });

const Auth = literals(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
const Status = literals(["active", "suspended"]);
/** Judged member by member in `public-keys.ts`. */
const Jwks = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true }), { minItems: 1, maxItems: 10 }) },
  strict,
);
const Endpoint = Type.Object(
  {
    url: Target,
    protocol: literals(["a2a", "http"]),
    resource: Type.String({
      minLength: 1,
      maxLength: 2048,
      description: "What tokens for it name as their audience.",
    }),
  },
  strict,
);

const members = {
  name: Type.String({ pattern: "^[^\\x00-\\x1f\\x7f]{1,120}$" }),
  owner: OwnerShape,
  auth: Auth,
  jwks: Jwks,
  scopes: Type.Union([Scopes, Type.Null()], { description: "Ceiling; null: whatever the user may." }),
  audiences: Type.Array(Target, { maxItems: 32, uniqueItems: true }),
  ttl: Type.Union([Type.Integer({ minimum: 30, maximum: 3600 }), Type.Null()], {
    description: "Longest life of its tokens, in seconds.",
  }),
  depth: nullable(Type.Integer({ minimum: 1, maximum: MAX_DELEGATION_DEPTH })),
  mayDelegateTo: nullable(Type.Array(AgentId, { maxItems: 100, uniqueItems: true })),
  status: Status,
  introspect: Type.Boolean({ description: "May it introspect tokens addressed to it? Set by admin only." }),
  endpoint: nullable(Endpoint),
};

export const AgentCreate = Type.Object(
  { id: Type.Optional(AgentId), ...Type.Partial(Type.Object(members)).properties },
  strict,
);
export type AgentCreate = Static<typeof AgentCreate>;

export const AgentPatch = Type.Object(
  {
    ...Type.Partial(Type.Object(members)).properties,
    rotateSecret: Type.Optional(
      Type.Literal(true, { description: "Makes a new secret; the old one ends at once." }),
    ),
  },
  { ...strict, minProperties: 1 },
);
export type AgentPatch = Static<typeof AgentPatch>;

export const AgentShape = Type.Object({
  ...members,
  id: AgentId,
  jwks: Type.Optional(Jwks),
  endpoint: Type.Optional(Endpoint),
  createdAt: Time,
  updatedAt: Time,
  source: Type.Optional(
    Type.Literal("config", { description: "It stands in the configuration, and is changed there alone." }),
  ),
});
export type AgentShape = Static<typeof AgentShape>;

export const AgentWithSecret = Type.Object({
  ...AgentShape.properties,
  secret: Type.Optional(Type.String({ description: "Shown this once." })),
});
export type AgentWithSecret = Static<typeof AgentWithSecret>;

export const AgentParams = Type.Object({ id: AgentId }, strict);
export type AgentParams = Static<typeof AgentParams>;

export const NoBody = Type.Null({ description: "No body." });

const Reach = Type.Unsafe<MemoryReach>({
  type: "string",
  enum: [...MEMORY_REACHES],
  description:
    "What of the user's memory the agent may see: what it wrote itself, its whole workflow too, or all. Without it: MEM_REACH.",
});

export const GrantCreate = Type.Object(
  {
    agent: AgentId,
    scopes: Type.Array(Scope, { minItems: 1, maxItems: MAX_SCOPES, uniqueItems: true }),
    memory: Type.Optional(Reach),
    expiresIn: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000,
        description: "Seconds; without it the grant stands until taken back.",
      }),
    ),
  },
  strict,
);
export type GrantCreate = Static<typeof GrantCreate>;

export const GrantShape = Type.Object({
  id: Type.String(),
  owner: OwnerShape,
  agent: Type.String(),
  scopes: Type.Array(Type.String()),
  memory: Type.Optional(Reach),
  createdAt: Time,
  expiresAt: Type.Optional(Time),
  revokedAt: Type.Optional(Time),
});
export type GrantShape = Static<typeof GrantShape>;

/** Query values are text; `readPage` makes numbers of them. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: "^([1-9][0-9]?|1[0-9][0-9]|200)$" })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  },
  strict,
);
export type PageQuery = Static<typeof PageQuery>;

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: nullable(Type.String()) });
