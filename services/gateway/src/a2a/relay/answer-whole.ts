import type { FastifyReply } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { Owner } from "../../core/owner.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import type { PeerAnswer } from "../../proxy/peers.ts";
import { rewriteExtended } from "../card/extended.ts";
import { checkAsked, invalidAnswer, resultOf, withResult } from "../results/judge.ts";
import { filterList } from "../results/list.ts";
import { readTold } from "../results/things.ts";
import { claimTold } from "./guard.ts";
import { readWhole } from "./read-whole.ts";
import type { Relayed } from "./relayed.ts";
import type { RelayTools } from "./tools.ts";

/** More than any answer of sense; artifacts of size are files, by address. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface Recipient {
  readonly reply: FastifyReply;
  readonly owner: Owner;
  readonly scopes: ReadonlySet<string>;
  /** What the client takes. */
  readonly accept: string;
}

/** An answer that comes in one piece: judged, what is ours in it put in place, else passed on byte for byte. */
export async function answerWhole(
  answer: PeerAnswer,
  relayed: Relayed,
  recipient: Recipient,
  tools: RelayTools,
): Promise<void> {
  const { call } = relayed;
  const body = await readWhole(answer.body, MAX_BYTES);
  if (body.length === 0 && call.binding === "HTTP+JSON" && answer.status < 300) {
    await noteRemoval(relayed, recipient, tools);
    recipient.reply.code(answer.status === 204 ? 204 : 200).send();
    return;
  }
  const parsed = parse(body);
  if (!isJsonObject(parsed)) throw notJson(answer.status);
  const isRefusal = answer.status >= 400 && call.binding === "HTTP+JSON";
  const isError = isRefusal || resultOf(call, parsed) === undefined;
  const changed = isError ? null : await judge(parsed, relayed, recipient, tools);
  const { reply, accept } = recipient;
  for (const name of ["a2a-extensions", "x-a2a-extensions"]) {
    const value = answer.headers.get(name);
    if (value !== undefined) reply.header(name, value);
  }
  reply
    .code(answer.status)
    .header("Cache-Control", "no-store")
    .header("Content-Type", contentType(answer.headers.get("content-type") ?? "", accept))
    .send(changed === null ? body : Buffer.from(JSON.stringify(changed)));
}

/** @returns what goes in place of the answer; `null`: it goes on as it is */
async function judge(
  answer: JsonObject,
  relayed: Relayed,
  { owner, scopes }: Recipient,
  tools: RelayTools,
): Promise<object | null> {
  const { call, agent, note } = relayed;
  const { ownership, store, publicUrl } = tools;
  const result = resultOf(call, answer);
  const claimant = { agent: agent.id, owner, ownership };
  switch (call.operation) {
    case "ListTasks": {
      const filter = {
        isOwn: (id: string) => ownership.isOwn({ agent: agent.id, kind: "task", id }, owner),
        countOwn: () => store.a2a.countTasks(agent.id, owner),
      };
      return withResult(call, answer, await filterList(result, filter));
    }
    case "GetExtendedAgentCard": {
      const card = rewriteExtended(result, { agent, scopes, call, keys: tools.keys, publicUrl });
      if (card === undefined) throw invalidAnswer();
      return withResult(call, answer, card);
    }
    case "CreateTaskPushNotificationConfig":
    case "GetTaskPushNotificationConfig":
    case "ListTaskPushNotificationConfigs":
      return withResult(call, answer, await tools.pushes.show(result, relayed, owner));
    case "DeleteTaskPushNotificationConfig":
      await tools.pushes.removed(relayed);
      return null;
    default: {
      const told = readTold(result);
      checkAsked(call, told);
      await claimTold(told, claimant);
      const [task] = told.tasks;
      note.task ??= task ?? null;
      note.state = told.state ?? note.state;
      return null;
    }
  }
}

async function noteRemoval(relayed: Relayed, _recipient: Recipient, { pushes }: RelayTools): Promise<void> {
  if (relayed.call.operation === "DeleteTaskPushNotificationConfig") await pushes.removed(relayed);
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}

/** The agent's own failure, or somebody else who answers in its place. */
function notJson(status: number): GatewayError {
  return new GatewayError("upstream_invalid_response", `the agent's answer (${status}) is not JSON`);
}

/** 1.0.1 prefers a media type of its own (§11), which clients of 1.0.0 do not take: it goes to those that name it. */
function contentType(type: string, accept: string): string {
  return /^application\/a2a\+json/i.test(type) && accept.includes("application/a2a+json")
    ? "application/a2a+json"
    : "application/json";
}
