import type { Outbound } from "../../core/ports/outbound.ts";
import type { A2aLog } from "../options.ts";
import type { WebhookSecrets } from "./read-config.ts";

/** A notice on its way to a client. */
export interface Notice {
  /** The push it belongs to: notices of one arrive in order. */
  readonly push: string;
  readonly owner: string;
  readonly url: string;
  readonly secrets: WebhookSecrets;
  /** JSON, as the agent sent it. */
  readonly body: string;
}

export interface Delivery {
  /** @returns false where too much waits already */
  send(notice: Notice): boolean;
  close(): void;
}

/** Waits before each try, in milliseconds. */
const TRIES = [0, 1_000, 5_000, 30_000, 120_000];
const WAITING_MAX = 2_000;
/** So that one user's dead webhook does not fill the queue. */
const WAITING_PER_OWNER = 200;

/** At least once, as long as the process lives: in order for each push, tried again where a webhook is away, given up where it says that it is gone. */
export function createDelivery({
  outbound,
  log,
  tries = TRIES,
}: {
  readonly outbound: Outbound;
  readonly log: A2aLog;
  readonly tries?: readonly number[];
}): Delivery {
  const chains = new Map<string, Promise<void>>();
  const owners = new Map<string, number>();
  const stop = new AbortController();
  let waiting = 0;

  function count(owner: string, by: 1 | -1): void {
    waiting += by;
    const left = (owners.get(owner) ?? 0) + by;
    if (left === 0) owners.delete(owner);
    else owners.set(owner, left);
  }

  async function deliver(notice: Notice): Promise<void> {
    for (const wait of tries) {
      await pause(wait, stop.signal);
      if (stop.signal.aborted) return;
      const answer = await outbound.send({
        url: notice.url,
        method: "POST",
        headers: headersOf(notice.secrets),
        body: notice.body,
      });
      if (answer.ok && answer.value.status < 300) return;
      const status = answer.ok ? answer.value.status : null;
      log.info(
        { push: notice.push, status, reason: answer.ok ? null : answer.reason },
        "a notice was not taken",
      );
      if (status === 404 || status === 410) return;
    }
    log.warn({ push: notice.push }, "a notice was given up");
  }

  return {
    send(notice) {
      const { push, owner } = notice;
      if (waiting >= WAITING_MAX || (owners.get(owner) ?? 0) >= WAITING_PER_OWNER) return false;
      count(owner, 1);
      const before = chains.get(push) ?? Promise.resolve();
      const chain = before
        .then(() => deliver(notice))
        .finally(() => {
          count(owner, -1);
          if (chains.get(push) === chain) chains.delete(push);
        });
      chains.set(push, chain);
      return true;
    },
    close: () => stop.abort(),
  };
}

function headersOf({ token, scheme, credentials }: WebhookSecrets): Record<string, string> {
  return {
    "content-type": "application/json",
    ...(token === null ? {} : { "x-a2a-notification-token": token }),
    ...(scheme === null || credentials === null ? {} : { authorization: `${scheme} ${credentials}` }),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((wake) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      wake();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener("abort", end);
  });
}
