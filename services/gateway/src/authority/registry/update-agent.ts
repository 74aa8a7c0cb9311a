import { GatewayError } from "../../core/errors.ts";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { registeredAgentEpochs } from "../revocations/epochs.ts";
import { makeSecret } from "./create-agent.ts";
import { type Management, managed } from "./events.ts";
import { manages, notYours } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { judgeChange } from "./rights.ts";
import type { AgentPatch, AgentWithSecret } from "./schema.ts";
import { shapeAgent, showAgent } from "./shape-agent.ts";

/**
 * Changes an agent's record. Suspending it kills its live tokens and what it handed on (T10): its epoch is written in the same
 * transaction, and in effect here before the answer leaves. A record that somebody else changed meanwhile is left alone.
 * @throws GatewayError `not_found`, `forbidden`, `bad_request`, `conflict`
 */
export async function updateAgent(
  { id, patch }: { readonly id: string; readonly patch: AgentPatch },
  management: Management,
  options: RegistryOptions,
): Promise<AgentWithSecret> {
  const { store, clock, revocations, publicUrl } = options;
  const before = await findManaged(id, management, options);
  if (before.source === "config") throw configured();
  const { rotateSecret = false, ...members } = patch;
  const shaped = shapeAgent(before, members);
  const takesCredential = rotateSecret || members.jwks !== undefined || shaped.auth !== before.auth;
  const refused = judgeChange(management.manager, { before, after: shaped, takesCredential, publicUrl });
  if (refused !== undefined) throw refused;
  const now = clock.now();
  const { secret, secretHash } = decideSecret(before, shaped, rotateSecret, options);
  const agent = { ...shaped, secretHash, updatedAt: Math.max(now, before.updatedAt + 1) };
  const epochs = suspends(before, agent) ? registeredAgentEpochs({ agent: id, publicUrl }, now) : [];
  const event = managed("agent.update", management, {
    time: now,
    resource: id,
    reason: Object.keys(patch).join(" "),
  });
  const outcome = await store.updateAgent({ agent, readAt: before.updatedAt, epochs, event });
  if (outcome === "absent") throw absent();
  if (outcome === "changed")
    throw new GatewayError("conflict", "somebody else has changed this agent meanwhile: read it again");
  epochs.forEach(revocations.apply);
  return { ...showAgent(agent), ...(secret === null ? {} : { secret }) };
}

/**
 * Takes an agent's record away, with its live tokens and what it handed on.
 * @throws GatewayError `not_found`, `forbidden`
 */
export async function removeAgent(
  id: string,
  management: Management,
  options: RegistryOptions,
): Promise<void> {
  const before = await findManaged(id, management, options);
  if (before.source === "config") throw configured();
  const now = options.clock.now();
  const epochs = registeredAgentEpochs({ agent: id, publicUrl: options.publicUrl }, now);
  const event = managed("agent.delete", management, { time: now, resource: id });
  const outcome = await options.store.deleteAgent(id, epochs, event);
  if (outcome === "absent") throw absent();
  epochs.forEach(options.revocations.apply);
}

/** @throws GatewayError `not_found` where there is none, `forbidden` where it is somebody else's */
export async function findManaged(
  id: string,
  { manager }: Management,
  { store }: Pick<RegistryOptions, "store">,
): Promise<AgentRecord> {
  const agent = await store.findAgent(id);
  if (agent === undefined) throw absent();
  if (!manages(manager, agent.owner)) throw notYours();
  return agent;
}

function decideSecret(before: AgentRecord, after: AgentRecord, rotate: boolean, options: RegistryOptions) {
  if (after.auth === "private_key_jwt") {
    if (rotate) throw new GatewayError("bad_request", "this agent has keys and no secret");
    return { secret: null, secretHash: null };
  }
  const needsOne = rotate || before.secretHash === null;
  return needsOne
    ? makeSecret(after, options.clientSecretKeys)
    : { secret: null, secretHash: before.secretHash };
}

const suspends = (before: AgentRecord, after: AgentRecord) =>
  before.status === "active" && after.status === "suspended";

const configured = () =>
  new GatewayError("forbidden", "this agent stands in the configuration, and is changed there");
const absent = () => new GatewayError("not_found", "there is no such agent");
