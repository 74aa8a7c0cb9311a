import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { opaqueSecret, randomHex } from "../../core/ids.ts";
import type { Owner } from "../../core/owner.ts";
import type { A2aStore, PushRow } from "../../core/ports/a2a.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { taskNotFound } from "../errors/a2a-error.ts";
import type { Relayed } from "../relay/relayed.ts";
import { objectOf } from "../results/judge.ts";
import { INLINE, readWebhook, type WebhookSecrets } from "./read-config.ts";
import { checkWebhook, type Webhooks } from "./webhooks.ts";

/** Stands between agents and the webhooks of clients: an agent never learns where a client listens, nor what it is shown there. */
export interface PushRelay {
  /** Puts our address and a secret for this one push in place of the client's. @returns the params to send; `null`: nothing was asked for */
  prepare(params: object, relayed: Relayed, owner: Owner): Promise<object | null>;
  /** An agent's answer about pushes, with the client's own address in it again, and without any secret. */
  show(result: Json | undefined, relayed: Relayed, owner: Owner): Promise<object>;
  removed(relayed: Relayed): Promise<void>;
}

export interface PushRelayOptions {
  readonly store: A2aStore;
  readonly webhooks: Webhooks;
  /** Encrypts under the subkey for pushes (S13). */
  readonly seal: (id: string, text: string) => string;
  readonly open: (id: string, sealed: string) => string;
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** 128 bits that nobody guesses; what proves an agent is the secret. */
const ID_DIGITS = 32;

export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export function createPushRelay(options: PushRelayOptions): PushRelay {
  const { store, webhooks, publicUrl } = options;
  const prefix = `${publicUrl}/a2a/push/`;

  async function replace(config: JsonObject, relayed: Relayed, owner: Owner): Promise<JsonObject> {
    const { call, agent } = relayed;
    const asked = readWebhook(config);
    await checkWebhook(asked.url, webhooks);
    const id = randomHex(ID_DIGITS);
    const secret = opaqueSecret();
    await store.putPush({
      id,
      agent: agent.id,
      owner,
      task: call.named.tasks[0] ?? null,
      config: typeof config["id"] === "string" && config["id"] !== "" ? config["id"] : null,
      url: asked.url.href,
      sealed: options.seal(id, JSON.stringify(asked.secrets)),
      secretHash: hashSecret(secret),
      createdAt: options.clock.now(),
    });
    const authentication =
      call.era === "1.0"
        ? { scheme: "Bearer", credentials: secret }
        : { schemes: ["Bearer"], credentials: secret };
    return { ...config, url: prefix + id, token: secret, authentication };
  }

  async function showOne(
    entry: JsonObject,
    { call, agent }: Relayed,
    owner: Owner,
  ): Promise<JsonObject | undefined> {
    const inner = isJsonObject(entry["pushNotificationConfig"]) ? entry["pushNotificationConfig"] : entry;
    const { url } = inner;
    const row =
      typeof url === "string" && url.startsWith(prefix)
        ? await store.findPush(url.slice(prefix.length))
        : undefined;
    const [task] = call.named.tasks;
    if (row === undefined || task === undefined || !isTheirs(row, { agent: agent.id, owner, task }))
      return undefined;
    const config = typeof inner["id"] === "string" && inner["id"] !== "" ? inner["id"] : null;
    await store.namePush(row.id, { task, config });
    const shown = { ...withoutSecrets(inner), url: row.url, ...schemeOf(row, call.era, options) };
    return inner === entry ? shown : { ...entry, pushNotificationConfig: shown };
  }

  return {
    async prepare(params, relayed, owner) {
      const given = params as JsonObject;
      const { operation, era } = relayed.call;
      if (operation === "CreateTaskPushNotificationConfig") {
        if (era === "1.0") return replace(given, relayed, owner);
        const config = objectOf(given["pushNotificationConfig"]);
        return { ...given, pushNotificationConfig: await replace(config, relayed, owner) };
      }
      if (operation !== "SendMessage" && operation !== "SendStreamingMessage") return null;
      const configuration = objectOf(given["configuration"]);
      const inline = INLINE.filter((name) => isJsonObject(configuration[name]));
      if (inline.length === 0) return null;
      const replaced: Record<string, Json> = {};
      for (const name of inline)
        replaced[name] = await replace(objectOf(configuration[name]), relayed, owner);
      return { ...given, configuration: { ...configuration, ...replaced } };
    },

    async show(result, relayed, owner) {
      if (relayed.call.operation !== "ListTaskPushNotificationConfigs") {
        const shown = await showOne(objectOf(result), relayed, owner);
        if (shown === undefined) throw taskNotFound();
        return shown;
      }
      const isBare = Array.isArray(result);
      const list = isBare ? (result as readonly Json[]) : objectOf(result)["configs"];
      const shown: JsonObject[] = [];
      for (const entry of Array.isArray(list) ? (list as readonly Json[]) : []) {
        const one = await showOne(objectOf(entry), relayed, owner);
        if (one !== undefined) shown.push(one);
      }
      return isBare ? shown : { ...objectOf(result), configs: shown };
    },

    async removed({ call, agent }) {
      const [task] = call.named.tasks;
      const { config } = call.named;
      if (task !== undefined && config !== null) await store.removePushes({ agent: agent.id, task, config });
    },
  };
}

function isTheirs(
  row: PushRow,
  { agent, owner, task }: { readonly agent: string; readonly owner: Owner; readonly task: string },
): boolean {
  const { iss, sub, tenant } = row.owner;
  const isOwners = iss === owner.iss && sub === owner.sub && tenant === owner.tenant;
  return row.agent === agent && isOwners && (row.task === null || row.task === task);
}

function withoutSecrets({ token: _token, authentication: _authentication, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Which scheme it was is no secret; the rest is. */
function schemeOf(row: PushRow, era: string, { open }: PushRelayOptions): JsonObject {
  const { scheme } = JSON.parse(open(row.id, row.sealed)) as WebhookSecrets;
  if (scheme === null) return {};
  return { authentication: era === "1.0" ? { scheme } : { schemes: [scheme] } };
}
