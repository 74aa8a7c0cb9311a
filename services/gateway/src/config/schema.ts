import Type, { type Static } from "typebox";
import { a2a, agents } from "./schema/agents.ts";
import { audit } from "./schema/audit.ts";
import { agentRegistration, enforce, revocations, secretKeys, tokens } from "./schema/authority.ts";
import { foreign } from "./schema/foreign.ts";
import { adminSubjects, auth0, did, insecureIssuers, issuers, userScopes } from "./schema/identity.ts";
import { limits } from "./schema/limits.ts";
import { memory } from "./schema/memory.ts";
import { durability, metering, telemetry } from "./schema/metering.ts";
import { outbound } from "./schema/outbound.ts";
import { policy } from "./schema/policy.ts";
import { server } from "./schema/server.ts";
import { database, redis, temporal } from "./schema/stores.ts";
import { defaultModel, upstreams } from "./schema/upstreams.ts";

/** Every setting there is, in the shape of `attach.yaml`. Anything else in the file is a mistake. */
export const SETTINGS = Type.Object(
  {
    server,
    issuers,
    insecureIssuers,
    foreign,
    outbound,
    userScopes,
    adminSubjects,
    upstreams,
    defaultModel,
    agentRegistration,
    agents,
    a2a,
    tokens,
    revocations,
    enforce,
    policy,
    database,
    secret: secretKeys,
    audit,
    redis,
    memory,
    limits,
    metering,
    telemetry,
    durability,
    temporal,
    did,
    auth0,
  },
  { additionalProperties: false },
);

/** The settings as they stand after defaults, before they are resolved into a `Config`. */
export type Settings = Static<typeof SETTINGS>;

/** Keys that a later version will know. Refused by name: whoever writes one counts on it. */
export const PLANNED_KEYS: readonly string[] = ["mcp"];
