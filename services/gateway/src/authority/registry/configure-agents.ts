import { readFileSync } from "node:fs";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { hashClientSecret } from "../client-secret.ts";
import { registeredAgentEpochs } from "../revocations/epochs.ts";
import { type Management, managed } from "./events.ts";
import { OPERATOR } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { readPublicKeys } from "./public-keys.ts";

/** An agent as the configuration has it. */
export interface AgentOfConfig
  extends Pick<
    AgentRecord,
    "id" | "name" | "scopes" | "audiences" | "depth" | "mayDelegateTo" | "introspect" | "endpoint"
  > {
  readonly owner: { readonly iss: string; readonly sub: string };
  readonly secret?: string;
  /** A file with a JWK Set. */
  readonly jwks?: string;
  readonly ttlSeconds: number | null;
}

const BY_CONFIG: Management = { manager: OPERATOR, requestId: null };
const PAGE = 200;

/**
 * Makes the records of the configuration stand in the registry, before anybody is served: new ones are added, changed ones replaced, and those that
 * stand there no longer are removed with their live tokens. One record is one shape, wherever it comes from.
 * @throws Error where an id is somebody's of the registry, or keys cannot be read
 */
export async function configureAgents(
  agents: readonly AgentOfConfig[],
  options: RegistryOptions,
): Promise<void> {
  for (const agent of agents) await configure(agent, options);
  const listed = new Set(agents.map(({ id }) => id));
  for (const { id } of await configuredBefore(options)) if (!listed.has(id)) await forget(id, options);
}

async function configure(agent: AgentOfConfig, options: RegistryOptions): Promise<void> {
  const { store, clock } = options;
  const before = await store.findAgent(agent.id);
  if (before?.source === "registry")
    throw new Error(
      `agents: ${agent.id} is registered already. Remove it there (attach-gateway agents remove ${agent.id}), or give this one another id`,
    );
  const now = clock.now();
  const after = recordOf(agent, before?.createdAt ?? now, options);
  if (before === undefined) {
    const event = managed("agent.create", BY_CONFIG, {
      time: now,
      resource: agent.id,
      reason: "attach.yaml",
    });
    const outcome = await store.createAgent({ ...after, updatedAt: now }, event);
    // Of two processes that start at once one is first, with the same record.
    if (outcome === "taken" && (await store.findAgent(agent.id)) === undefined)
      throw new Error(`agents: the id ${agent.id} was somebody else's, and is not given out again`);
    return;
  }
  const { updatedAt, ...standing } = before;
  if (isSame(standing, after)) return;
  const event = managed("agent.update", BY_CONFIG, { time: now, resource: agent.id, reason: "attach.yaml" });
  const changed = { ...after, updatedAt: Math.max(now, updatedAt + 1) };
  await store.updateAgent({ agent: changed, readAt: updatedAt, epochs: [], event });
}

function recordOf(
  { ttlSeconds, secret, jwks, owner, ...agent }: AgentOfConfig,
  createdAt: number,
  { clientSecretKeys: [key] }: RegistryOptions,
): Omit<AgentRecord, "updatedAt"> {
  if (key === undefined) throw new TypeError("there is no key to hash client secrets with");
  return {
    ...agent,
    owner: { ...owner, tenant: null },
    auth: jwks === undefined ? "client_secret_basic" : "private_key_jwt",
    // Without a secret nothing matches: such an agent is called, and asks for nothing itself (S01).
    secretHash: secret === undefined ? null : hashClientSecret(key, agent.id, secret),
    jwks: jwks === undefined ? null : readKeys(jwks, agent.id),
    ttl: ttlSeconds,
    status: "active",
    createdAt,
    source: "config",
  };
}

function readKeys(file: string, id: string): AgentRecord["jwks"] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Error(`agents: the jwks of ${id} names no file with a JWK Set`);
  }
  const { keys } = (parsed ?? {}) as { readonly keys?: unknown };
  const read = Array.isArray(keys) && keys.length > 0 ? readPublicKeys(keys as object[]) : undefined;
  if (read?.ok) return read.value;
  throw new Error(`agents: the jwks of ${id}: ${read?.reason ?? "there is no key in it"}`);
}

async function configuredBefore({ store }: RegistryOptions): Promise<readonly AgentRecord[]> {
  const found: AgentRecord[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.listAgents({ owner: null, cursor, limit: PAGE });
    found.push(...page.items.filter(({ source }) => source === "config"));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

async function forget(id: string, { store, clock, revocations, publicUrl }: RegistryOptions): Promise<void> {
  const now = clock.now();
  const epochs = registeredAgentEpochs({ agent: id, publicUrl }, now);
  const event = managed("agent.delete", BY_CONFIG, { time: now, resource: id, reason: "attach.yaml" });
  const outcome = await store.deleteAgent(id, epochs, event);
  if (outcome === "deleted") epochs.forEach(revocations.apply);
}

/** Member by member, whatever their order. */
function isSame(a: Omit<AgentRecord, "updatedAt">, b: Omit<AgentRecord, "updatedAt">): boolean {
  const sorted = (record: object) =>
    JSON.stringify(Object.entries(record).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}
