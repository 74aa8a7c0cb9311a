import { isKnownScope } from "@attach-dev/protocol";
import { GatewayError } from "../../core/errors.ts";
import { isIdentifier, type Owner } from "../../core/owner.ts";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { iso } from "./page.ts";
import { readPublicKeys } from "./public-keys.ts";
import type { AgentPatch, AgentShape } from "./schema.ts";
import { isEndpointUrl, isTarget } from "./targets.ts";

/** A record as it is shown (CONTRACT §3). Never the secret's hash. */
export function showAgent(agent: AgentRecord): AgentShape {
  const { id, name, owner, auth, jwks, endpoint, createdAt, updatedAt } = agent;
  return {
    id,
    name,
    owner: { iss: owner.iss, sub: owner.sub },
    auth,
    ...(jwks === null ? {} : { jwks: { keys: [...jwks.keys] } }),
    scopes: mutable(agent.scopes),
    audiences: [...agent.audiences],
    ttl: agent.ttl,
    depth: agent.depth,
    mayDelegateTo: mutable(agent.mayDelegateTo),
    status: agent.status,
    introspect: agent.introspect,
    ...(endpoint === null ? {} : { endpoint: { ...endpoint } }),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    ...(agent.source === "config" ? { source: "config" as const } : {}),
  };
}

const mutable = (list: readonly string[] | null) => (list === null ? null : [...list]);

export type AgentMembers = Omit<AgentPatch, "rotateSecret">;

/**
 * The record with what was sent in place of what was there. What the schema cannot say is judged here.
 * @throws GatewayError `bad_request`, with what to mend
 */
export function shapeAgent(before: AgentRecord, sent: AgentMembers): AgentRecord {
  const { owner, jwks: _, ...members } = sent;
  const jwks = readKeys(before, sent);
  const auth = sent.auth ?? (sent.jwks === undefined ? before.auth : "private_key_jwt");
  if (auth === "private_key_jwt" && jwks === null) throw mistake("private_key_jwt needs jwks");
  if (auth !== "private_key_jwt" && sent.jwks !== undefined)
    throw mistake("jwks is for private_key_jwt only");
  const after: AgentRecord = {
    ...before,
    ...members,
    ...(owner === undefined ? {} : { owner: readOwner(owner, before.owner) }),
    auth,
    jwks: auth === "private_key_jwt" ? jwks : null,
  };
  judgeLists(after, before);
  return after;
}

function readKeys(before: AgentRecord, { jwks }: AgentMembers): AgentRecord["jwks"] {
  if (jwks === undefined) return before.jwks;
  const read = readPublicKeys(jwks.keys);
  if (!read.ok) throw mistake(read.reason);
  return read.value;
}

/** The tenant is nobody's to choose: the same pair keeps its own, another pair has none yet. */
function readOwner({ iss, sub }: { iss: string; sub: string }, before: Owner): Owner {
  if (!isIdentifier(iss) || !isIdentifier(sub)) throw mistake("owner: iss and sub are visible ASCII");
  return iss === before.iss && sub === before.sub ? before : { iss, sub, tenant: null };
}

function judgeLists(
  { scopes, audiences, endpoint, mayDelegateTo, id }: AgentRecord,
  before: AgentRecord,
): void {
  const unknown = (scopes ?? []).find(
    (scope) => !isKnownScope(scope) && !(before.scopes ?? []).includes(scope),
  );
  if (unknown !== undefined) throw mistake(`scopes: there is no scope ${unknown}`);
  const odd = audiences.find((audience) => !isTarget(audience));
  if (odd !== undefined) throw mistake("audiences: each is an absolute URI without a fragment");
  if (endpoint !== null && !isEndpointUrl(endpoint.url))
    throw mistake("endpoint.url: an absolute http or https URL");
  if (endpoint !== null && !isTarget(endpoint.resource))
    throw mistake("endpoint.resource: an absolute URI without a fragment");
  if (mayDelegateTo?.includes(id)) throw mistake("mayDelegateTo: an agent does not delegate to itself");
}

const mistake = (message: string) => new GatewayError("bad_request", message);
