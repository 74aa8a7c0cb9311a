import type { UsageRecord } from "../core/ports/metering.ts";
import type { Metrics } from "../core/ports/metrics.ts";
import type { CallEnd, RelayedCall, Usage, UsageMeter, UsageWatch } from "../core/ports/relayed-call.ts";
import type { CallTrace, Tracing } from "../core/ports/tracing.ts";
import type { Principal } from "../core/principal.ts";
import { callMetrics } from "./call-metrics.ts";
import { askForUsage } from "./read/ask-for-usage.ts";
import { dialectOf } from "./read/dialect.ts";
import { type Estimate, UsageTap } from "./read/usage-tap.ts";
import { tokenMetrics } from "./token-metrics.ts";

export interface MeterOptions {
  readonly metrics: Metrics;
  readonly estimate: Estimate;
  /** May an OpenAI stream be asked for its usage? Its last chunk then reaches the client too. */
  readonly asksStreams: boolean;
  readonly record: (usage: UsageRecord, principal: Principal) => void;
  readonly tracing?: Tracing;
}

/** What `end` of a watch needs of the meter, made once. */
interface Shared {
  readonly count: (end: CallEnd, startedAt: number) => void;
  readonly countTokens: (principal: Principal, model: string | null, usage: Usage) => void;
  readonly record: (usage: UsageRecord, principal: Principal) => void;
}

/** Follows every relayed call: how it went, and what it cost where it ran a model. */
export function createMeter({ metrics, estimate, asksStreams, record, tracing }: MeterOptions): UsageMeter {
  const shared: Shared = { count: callMetrics(metrics), countTokens: tokenMetrics(metrics), record };
  return {
    begin(call) {
      const dialect = call.method === "POST" ? dialectOf(call.path) : undefined;
      const trace = tracing?.begin(
        call,
        dialect === undefined ? null : { ...dialect, provider: providerOf(call) },
      );
      const tap = dialect && new UsageTap(dialect, estimate, call.read?.body ?? null);
      const asked = tap && asksStreams && call.read !== null ? askForUsage(call.path, call.read) : undefined;
      return new Watch(call, shared, { tap, trace, asked });
    },
  };
}

class Watch implements UsageWatch {
  declare readonly tap?: UsageTap;
  declare readonly body?: Buffer;
  declare readonly stamps?: readonly string[];
  readonly #call: RelayedCall;
  readonly #shared: Shared;
  readonly #trace: CallTrace | undefined;

  constructor(
    call: RelayedCall,
    shared: Shared,
    {
      tap,
      trace,
      asked,
    }: {
      readonly tap: UsageTap | undefined;
      readonly trace: CallTrace | undefined;
      readonly asked: Buffer | undefined;
    },
  ) {
    this.#call = call;
    this.#shared = shared;
    this.#trace = trace;
    if (tap !== undefined) this.tap = tap;
    if (asked !== undefined) this.body = asked;
    if (trace !== undefined) this.stamps = trace.stamps;
  }

  settle(end: CallEnd): Usage | null | Promise<Usage | null> {
    this.#shared.count(end, this.#call.at);
    const usage = this.tap === undefined ? null : this.tap.count(end);
    if (usage instanceof Promise) return usage.then((later) => this.#book(end, later));
    return this.#book(end, usage);
  }

  #book(end: CallEnd, usage: Usage | null): Usage | null {
    this.#trace?.end(end, usage);
    if (usage === null) return null;
    const { principal, requestId, read } = this.#call;
    const model = read?.model ?? null;
    this.#shared.countTokens(principal, model, usage);
    const agent = principal.kind === "agent" ? principal : null;
    this.#shared.record(
      {
        id: requestId,
        time: end.endedAt,
        owner: principal.owner,
        agent: agent === null ? null : agent.agent,
        root: agent === null ? null : agent.root,
        model,
        upstream: end.upstream,
        usage,
        aborted: end.aborted,
      },
      principal,
    );
    return usage;
  }
}

/** Whose protocol it is, which is as much as a gateway knows of the engine. */
function providerOf({ path }: RelayedCall): string {
  if (path.startsWith("/api/")) return "ollama";
  return path.endsWith("/messages") || path.endsWith("/complete") ? "anthropic" : "openai";
}
