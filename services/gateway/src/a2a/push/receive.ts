import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "../../core/errors.ts";
import { ownerKey } from "../../core/owner.ts";
import type { PushRow } from "../../core/ports/a2a.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { Ownership } from "../ownership.ts";
import { claimTold } from "../relay/guard.ts";
import { readTold, type Told } from "../results/things.ts";
import type { Delivery } from "./delivery.ts";
import type { WebhookSecrets } from "./read-config.ts";
import { hashSecret, type PushRelayOptions } from "./relay.ts";

export interface Receiving extends Pick<PushRelayOptions, "store" | "open"> {
  readonly ownership: Ownership;
  readonly delivery: Delivery;
}

const MAX_DEPTH = 64;

/**
 * A notice of an agent: with the secret of its push, about the task of its push. It goes on as it came.
 * @throws GatewayError `not_found` for an unknown push and a wrong secret alike, `bad_request`, `overloaded`
 */
export async function receiveNotice(
  { id, secret, body }: { readonly id: string; readonly secret: string; readonly body: Buffer },
  { store, open, ownership, delivery }: Receiving,
): Promise<void> {
  const row = await store.findPush(id);
  if (row === undefined || !isSecret(secret, row))
    throw new GatewayError("not_found", "there is no such push");
  const notice = parseStrictJson(body, MAX_DEPTH);
  const told = readTold(notice);
  await bind(told, row, { store, ownership });
  const taken = delivery.send({
    push: row.id,
    owner: ownerKey(row.owner),
    url: row.url,
    secrets: JSON.parse(open(row.id, row.sealed)) as WebhookSecrets,
    body: body.toString("utf8"),
  });
  if (!taken)
    throw new GatewayError("overloaded", "too many notices wait", { headers: { "Retry-After": "30" } });
}

function isSecret(secret: string, { secretHash }: PushRow): boolean {
  const given = Buffer.from(hashSecret(secret), "hex");
  return timingSafeEqual(given, Buffer.from(secretHash, "hex"));
}

/** One task, the push's own; where it was asked for with a message, the first notice says which. */
async function bind(
  told: Told,
  row: PushRow,
  { store, ownership }: Pick<Receiving, "ownership" | "store">,
): Promise<void> {
  const [task] = told.tasks;
  if (told.odd || told.tasks.size > 1) throw notOfThis();
  // A message that belongs to no task: nothing to bind.
  if (task === undefined && told.contexts.size === 0) throw notOfThis();
  if (row.task !== null && task !== undefined && task !== row.task) throw notOfThis();
  const claimant = { agent: row.agent, owner: row.owner, ownership };
  try {
    await claimTold(told, claimant);
  } catch {
    throw notOfThis();
  }
  if (row.task === null && task !== undefined) await store.namePush(row.id, { task, config: null });
}

const notOfThis = () => new GatewayError("bad_request", "the notice is not of the task of this push");
