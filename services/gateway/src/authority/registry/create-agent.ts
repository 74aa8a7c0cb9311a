import { GatewayError } from "../../core/errors.ts";
import { opaqueSecret, uuidv7 } from "../../core/ids.ts";
import type { Owner } from "../../core/owner.ts";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { hashClientSecret } from "../client-secret.ts";
import { type Management, managed } from "./events.ts";
import type { RegistryOptions } from "./options.ts";
import { judgeChange } from "./rights.ts";
import type { AgentCreate, AgentWithSecret } from "./schema.ts";
import { shapeAgent, showAgent } from "./shape-agent.ts";

/**
 * Registers an agent. Where it proves itself by a secret, the answer holds one of 256 bits, this once.
 * @throws GatewayError `bad_request`, `forbidden` (also where the user has too many), `conflict` where the id is taken
 */
export async function createAgent(
  { id, ...sent }: AgentCreate,
  management: Management,
  { store, clock, clientSecretKeys, publicUrl, most }: RegistryOptions,
): Promise<AgentWithSecret> {
  const now = clock.now();
  const blank = blankAgent(id ?? uuidv7(now), ownerOf(sent, management), now);
  const agent = shapeAgent(blank, sent);
  const refused = judgeChange(management.manager, {
    before: undefined,
    after: agent,
    takesCredential: true,
    publicUrl,
  });
  if (refused !== undefined) throw refused;
  const { secret, secretHash } = makeSecret(agent, clientSecretKeys);
  const event = managed("agent.create", management, { time: now, resource: agent.id });
  const cap = management.manager.isAdmin ? null : (most?.agents ?? null);
  const outcome = await store.createAgent({ ...agent, secretHash }, event, cap);
  if (outcome === "too_many")
    throw new GatewayError("forbidden", `a user may register ${cap} agents at most: remove one first`);
  if (outcome === "taken") throw new GatewayError("conflict", "this id is taken");
  return { ...showAgent(agent), ...(secret === null ? {} : { secret }) };
}

function ownerOf({ owner }: Pick<AgentCreate, "owner">, { manager }: Management): Owner {
  if (owner === undefined) {
    if (manager.owner === null)
      throw new GatewayError("bad_request", "whose agent it is must be said: owner");
    return manager.owner;
  }
  const own = manager.owner;
  return own !== null && own.iss === owner.iss && own.sub === owner.sub ? own : { ...owner, tenant: null };
}

function blankAgent(id: string, owner: Owner, now: number): AgentRecord {
  return {
    id,
    name: id,
    owner,
    auth: "client_secret_basic",
    secretHash: null,
    jwks: null,
    scopes: null,
    audiences: [],
    ttl: null,
    depth: null,
    mayDelegateTo: null,
    status: "active",
    introspect: false,
    endpoint: null,
    createdAt: now,
    updatedAt: now,
    source: "registry",
  };
}

/** A new secret for an agent that proves itself by one, and what the store keeps of it. */
export function makeSecret(
  { id, auth }: Pick<AgentRecord, "id" | "auth">,
  [key]: readonly Buffer[],
): { readonly secret: string | null; readonly secretHash: string | null } {
  if (auth === "private_key_jwt") return { secret: null, secretHash: null };
  if (key === undefined) throw new TypeError("there is no key to hash client secrets with");
  const secret = opaqueSecret();
  return { secret, secretHash: hashClientSecret(key, id, secret) };
}
