import { adoptSecret } from "../../authority/keys/adopt-secret.ts";
import { faultOfNew, faultOfPatch } from "../../authority/registry/check-agent.ts";
import { createAgent } from "../../authority/registry/create-agent.ts";
import type { Management } from "../../authority/registry/events.ts";
import { OPERATOR } from "../../authority/registry/manager.ts";
import type { RegistryOptions } from "../../authority/registry/options.ts";
import type { AgentCreate, AgentPatch, AgentWithSecret } from "../../authority/registry/schema.ts";
import { showAgent } from "../../authority/registry/shape-agent.ts";
import { findManaged, removeAgent, updateAgent } from "../../authority/registry/update-agent.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import { createKeyring } from "../../core/keyring.ts";
import type { Store } from "../../core/ports/store.ts";
import { ensureSecretFile } from "../../store/secret-file.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolOrder } from "../tool.ts";
import { withStore } from "../with-store.ts";
import { readMembers } from "./members.ts";
import { agentLines, agentTable } from "./table.ts";

const BY_OPERATOR: Management = { manager: OPERATOR, requestId: null };

/** `attach-gateway agents …`: the registry's own verbs on the store. A gateway that runs hears of it within a second. */
export function agents(call: Call, order: ToolOrder): Promise<number> {
  return withStore(call, order.flags, async (store, config) => {
    try {
      await act(call, order, await registryOf(store, config));
      return EXIT.ok;
    } catch (error) {
      throw error instanceof GatewayError ? new CliError(error.message) : error;
    }
  });
}

async function registryOf(store: Store, config: Config): Promise<RegistryOptions> {
  const keyring = createKeyring(config.secret ?? (await ensureSecretFile(config.database)));
  // Tells a wrong ATTACH_SECRET before a client's secret is hashed under it.
  const { clientSecrets } = await adoptSecret({ store, keyring, clock: systemClock });
  return {
    clock: systemClock,
    store,
    // Nothing is verified here.
    revocations: { apply: () => {} },
    clientSecretKeys: clientSecrets,
    publicUrl: config.server.publicUrl,
  };
}

async function act(
  call: Call,
  { action, words, flags }: ToolOrder,
  registry: RegistryOptions,
): Promise<void> {
  const json = flags["json"] !== undefined;
  if (action === "list") return list(call, json, registry);
  const [id] = words;
  if (id === undefined) throw new CliError(`say which agent: agents ${action} <id>`, { usage: true });
  const change = (patch: AgentPatch) => updateAgent({ id, patch }, BY_OPERATOR, registry);
  switch (action) {
    case "add": {
      const agent = { id, ...readMembers(flags, call.cwd) };
      check(faultOfNew(agent));
      return tell(call, json, await createAgent(agent as AgentCreate, BY_OPERATOR, registry));
    }
    case "show":
      return tell(call, json, showAgent(await findManaged(id, BY_OPERATOR, registry)));
    case "update": {
      const patch = readMembers(flags, call.cwd);
      if (Object.keys(patch).length === 0) throw new CliError("say what to change", { usage: true });
      check(faultOfPatch(patch));
      return tell(call, json, await change(patch as AgentPatch));
    }
    case "suspend":
      return tell(call, json, await change({ status: "suspended" }));
    case "resume":
      return tell(call, json, await change({ status: "active" }));
    case "rotate-secret":
      return tell(call, json, await change({ rotateSecret: true }));
    case "remove":
      await removeAgent(id, BY_OPERATOR, registry);
      return call.tell(`${id} is removed, and its live tokens are dead`);
    default:
      throw new TypeError(`agents has no action ${action}`);
  }
}

const PAGE = 200;

async function list(call: Call, json: boolean, { store }: RegistryOptions): Promise<void> {
  const all = [];
  let cursor: string | null = null;
  do {
    const page = await store.listAgents({ owner: null, cursor, limit: PAGE });
    all.push(...page.items.map(showAgent));
    cursor = page.next;
  } while (cursor !== null);
  if (json) call.say(JSON.stringify(all, null, 2));
  else for (const line of agentTable(all)) call.say(line);
}

/** A secret goes to standard output alone, so that it can be caught in a variable or a file; what it belongs to goes beside it. */
function tell(call: Call, json: boolean, agent: AgentWithSecret): void {
  const { secret, ...shown } = agent;
  if (json) call.say(JSON.stringify(agent, null, 2));
  else if (secret === undefined) for (const line of agentLines(shown)) call.say(line);
  else {
    for (const line of agentLines(shown)) call.tell(line);
    call.tell("Its secret, shown this once:");
    call.say(secret);
  }
}

function check(fault: string | undefined): void {
  if (fault !== undefined) throw new CliError(fault, { usage: true });
}
