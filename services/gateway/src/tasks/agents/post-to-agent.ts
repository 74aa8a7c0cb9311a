import type { Readable } from "node:stream";
import { actorChain, RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { CallRecorder } from "../../core/ports/audit.ts";
import type { HandOff } from "../../core/ports/hand-off.ts";
import type { Principal } from "../../core/principal.ts";
import type { LiveExchange, LiveExchanges } from "../../proxy/live-exchanges.ts";
import type { PeerAnswer, Peers } from "../../proxy/peers.ts";
import { identityStamps } from "../../proxy/stamps.ts";
import { failed, interrupted, type Outcome, type Work } from "../worker.ts";
import type { CallableAgent } from "./callable.ts";

export interface PostOptions {
  readonly handOff: HandOff;
  /** Which door leads to an agent (S18). */
  readonly peersFor: (agent: CallableAgent) => Peers;
  /** Calls that end when the token that they were asked with is revoked. */
  readonly live: LiveExchanges;
  readonly calls: CallRecorder | null;
  readonly sessions: (principal: Principal, userAgent: string) => string;
  readonly clock: Clock;
  /** Longest that an agent may take, in milliseconds. */
  readonly agentMs?: number;
}

const AGENT_MS = 30 * 60_000;
/** Largest answer, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The input as JSON to an agent's address, in one request, with a token that was made for it (A04): never the caller's. What it answers is the
 * result. Not tried again: it may have been done.
 */
export async function postToAgent(agent: CallableAgent, work: Work, options: PostOptions): Promise<Outcome> {
  if (work.begun !== undefined) return interrupted();
  const { principal, userAgent } = work.order;
  const question = { subject: principal, target: agent, userAgent, requestId: work.id };
  const handed = await options.handOff.tokenFor(question);
  if (!handed.ok) return failed(handed.reason.code, handed.reason.message);
  const watch = watchRevocation(principal, options.live);
  const limit = AbortSignal.timeout(options.agentMs ?? AGENT_MS);
  const signal = AbortSignal.any([work.signal, watch.signal, limit]);
  let status = 0;
  try {
    const peers = options.peersFor(agent);
    const answer = await peers.send({
      url: new URL(agent.endpoint.url),
      method: "POST",
      headers: headersOf(work, handed.value.token, options.sessions(principal, userAgent)),
      body: Buffer.from(JSON.stringify(work.order.input)),
      signal,
    });
    status = answer.status;
    return outcomeOf(answer.status, await read(answer));
  } catch (error) {
    if (work.signal.aborted) throw error;
    if (watch.failure !== null) return failed("revoked", "the token that this was asked with was revoked");
    if (limit.aborted) return failed("timeout", "the agent took too long");
    if (!(error instanceof GatewayError)) throw error;
    return failed(error.code, error.message.replace("the engine", "the agent"));
  } finally {
    watch.done();
    record(agent, { work, status }, options);
  }
}

function headersOf({ id, order }: Work, token: string, session: string): string[] {
  return [
    ...["content-type", "application/json", "accept", "application/json, text/plain;q=0.5"],
    ...["accept-encoding", "identity"],
    ...identityStamps(order.principal, session),
    ...(order.traceparent === null ? [] : ["traceparent", order.traceparent]),
    ...[RESPONSE_HEADERS.requestId, id, "authorization", `Bearer ${token}`],
  ];
}

async function read({ body }: PeerAnswer): Promise<unknown> {
  const text = (await readWhole(body)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readWhole(body: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    // Leaving the loop hangs up on it.
    if (bytes > MAX_BYTES)
      throw new GatewayError("upstream_invalid_response", "the agent's answer is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function outcomeOf(status: number, answer: unknown): Outcome {
  if (status < 300) return { state: "done", result: answer === "" ? null : answer };
  return { state: "error", result: { error: { code: "agent", status, answer } } };
}

function watchRevocation(principal: Principal, live: LiveExchanges) {
  const controller = new AbortController();
  let failure: GatewayError | null = null;
  const exchange: LiveExchange = {
    principal,
    slot: -1,
    fail(error) {
      failure ??= error;
      controller.abort(error);
    },
  };
  live.add(exchange);
  return {
    signal: controller.signal,
    get failure() {
      return failure;
    },
    done: () => live.delete(exchange),
  };
}

/** A call that nobody's request made: it is named by the task. */
function record(
  { id }: CallableAgent,
  { work, status }: { readonly work: Work; readonly status: number },
  { calls, sessions, clock }: PostOptions,
): void {
  const { principal, userAgent } = work.order;
  const agent = principal.kind === "agent" ? principal : null;
  calls?.record({
    time: clock.now(),
    action: "request.allow",
    decision: "allow",
    reason: `${status} scope=a2a:send task=${work.id}`,
    user: principal.owner,
    chain: agent === null ? [] : actorChain(agent.act),
    jti: agent?.jti ?? null,
    root: agent?.root ?? null,
    session: sessions(principal, userAgent),
    resource: `POST agent://${id}`,
    policy: null,
    requestId: work.id,
  });
}
