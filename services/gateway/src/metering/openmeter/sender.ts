import { setTimeout as delay } from "node:timers/promises";
import { randomHex } from "../../core/ids.ts";
import type { UsageStore } from "../../core/ports/metering.ts";
import type { Outbound } from "../../core/ports/outbound.ts";

export interface SenderOptions {
  readonly outbox: Pick<UsageStore, "waiting" | "sent" | "countWaiting">;
  readonly outbound: Outbound;
  /** OpenMeter's address. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** How often the outbox is looked into, and the first pause after a failure, in milliseconds. */
  readonly everyMs?: number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface Sender {
  /** Events that waited when it was looked last. */
  readonly waiting: number;
  /** Events that OpenMeter will never take, and that were let go. */
  readonly refused: number;
  readonly failing: boolean;
  /** Ends it; what has not arrived waits on the disk for the next start. */
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
/** Longest pause between two attempts, in milliseconds. */
const LONGEST_MS = 60_000;
/** Events in one request. */
const BATCH = 100;

/** The batch is at fault, not the moment: sent again as it is, it would be refused again. */
const HOPELESS = new Set([400, 413, 415, 422]);

/**
 * Brings events from the outbox to OpenMeter: in batches and in order, again and again until they have arrived, with pauses that
 * grow and are never equal. An event leaves the outbox when it was accepted, so one may be sent twice; it says its id each time. Of a
 * batch that is refused each event is sent alone, and one that is refused alone is let go: it would stop all behind it.
 */
export function startSender(options: SenderOptions): Sender {
  const { outbox, outbound, apiKey, log, everyMs = EVERY_MS, random = aFraction } = options;
  const url = `${options.url}/api/v1/events`;
  const ending = new AbortController();
  let waiting = 0;
  let refused = 0;
  let failures = 0;

  async function post(events: readonly string[]): Promise<number | string> {
    const answer = await outbound.send({
      url,
      method: "POST",
      headers: {
        "Content-Type": "application/cloudevents-batch+json",
        ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
      },
      body: `[${events.join(",")}]`,
    });
    return answer.ok ? answer.value.status : answer.reason;
  }

  /** @returns how many events it dealt with; `undefined`: the next attempt must wait */
  async function sendSome(): Promise<number | undefined> {
    const batch = await outbox.waiting(failures > 0 ? 1 : BATCH);
    if (batch.length === 0) return 0;
    const taken: number[] = [];
    let outcome = await post(batch.map(({ event }) => event));
    if (isTaken(outcome)) taken.push(...batch.map(({ seq }) => seq));
    else if (typeof outcome === "number" && HOPELESS.has(outcome)) {
      for (const { seq, event } of batch) {
        outcome = batch.length === 1 ? outcome : await post([event]);
        if (isTaken(outcome)) taken.push(seq);
        else if (typeof outcome === "number" && HOPELESS.has(outcome)) {
          refused++;
          taken.push(seq);
          log.error({ status: outcome, event: idOf(event) }, "OpenMeter refused a usage event: it is let go");
        } else break;
      }
    }
    if (taken.length > 0) await outbox.sent(taken);
    if (taken.length === batch.length) {
      if (failures > 0) log.info({}, "OpenMeter takes usage events again");
      failures = 0;
      return taken.length;
    }
    if (failures++ === 0) log.warn({ reason: outcome }, "OpenMeter cannot be reached: usage events wait");
    return undefined;
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      const dealt = await sendSome().catch((err: unknown) => {
        if (failures++ === 0) log.warn({ err }, "usage events cannot be read");
        return undefined;
      });
      waiting = await outbox.countWaiting().catch(() => waiting);
      if (dealt !== undefined && dealt > 0 && waiting > 0) continue;
      const pause = Math.min(LONGEST_MS, everyMs * 2 ** Math.min(failures, 16));
      await delay(dealt === undefined ? pause * (0.5 + random() / 2) : everyMs, undefined, {
        signal: ending.signal,
        ref: false,
      }).catch(() => {});
    }
  }

  const running = run();
  return {
    get waiting() {
      return waiting;
    },
    get refused() {
      return refused;
    },
    get failing() {
      return failures > 0;
    },
    async close() {
      ending.abort();
      outbound.close();
      await running;
    },
  };
}

const aFraction = (): number => Number.parseInt(randomHex(8), 16) / 2 ** 32;

const isTaken = (outcome: number | string): boolean =>
  typeof outcome === "number" && outcome >= 200 && outcome < 300;

function idOf(event: string): unknown {
  return (JSON.parse(event) as { readonly id?: unknown }).id;
}
