import type { FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { PeerAnswer } from "../../proxy/peers.ts";
import type { A2aCall } from "../calls/call.ts";
import type { AgentCard, Interface } from "../card/read.ts";
import type { Callable } from "../directory.ts";
import { answerStream } from "./answer-stream.ts";
import { answerWhole } from "./answer-whole.ts";
import { addressOf, chooseInterface } from "./choose-interface.ts";
import { checkNamed } from "./guard.ts";
import { agentHeaders } from "./headers.ts";
import { pinTenant } from "./pin-tenant.ts";
import type { Relayed } from "./relayed.ts";
import type { RelayTools } from "./tools.ts";
import { type WatchedCall, watchCall } from "./watch.ts";

/**
 * A call on its way to a registered agent, as ordered steps: its card; an interface that speaks what the caller speaks; what it names is the
 * caller's; where notices go is ours; a token made for the agent; then the agent is asked, and its answer judged.
 * @throws A2aError, GatewayError
 */
export async function relay(
  request: FastifyRequest,
  reply: FastifyReply,
  { call, agent, note, tools }: Omit<Relayed, "card"> & { readonly tools: RelayTools },
): Promise<void> {
  const card = await findCard(agent, tools);
  const place = chooseInterface(card, call);
  const { owner } = request.principal;
  const claimant = { agent: agent.id, owner, ownership: tools.ownership };
  await checkNamed(call, claimant);
  const relayed: Relayed = { call, agent, card, note };
  note.task ??= call.named.tasks[0] ?? null;
  const body = await prepareBody(relayed, place, { request, tools });
  const leave = tools.inFlight.enter(agent.id, owner);
  const watched = watchCall(request, reply, tools);
  try {
    const { session, answer } = await ask(request, { relayed, place, body, watched, tools });
    if (isStream(answer) && STREAMING.has(call.operation)) {
      reply.hijack();
      const { raw: response } = reply;
      await answerStream(answer, relayed, { response, requestId: request.id, session, watched, claimant });
    } else {
      const accept = request.headers.accept ?? "";
      const { scopes } = request.principal;
      await answerWhole(answer, relayed, { reply, owner, scopes, accept }, tools);
    }
  } catch (cause) {
    throw watched.failure ?? cause;
  } finally {
    watched.done();
    leave();
  }
}

async function findCard(agent: Callable, { cards }: RelayTools): Promise<AgentCard> {
  const card = await cards.find(agent);
  if (!card.ok) throw card.reason;
  return card.value;
}

/** What is sent: as it came, unless a tenant or a place for notices of ours stands in it. */
async function prepareBody(
  relayed: Relayed,
  place: Interface,
  { request, tools }: { readonly request: FastifyRequest; readonly tools: RelayTools },
): Promise<Buffer | null> {
  const { call } = relayed;
  const pinned = pinTenant(call, place);
  const noticed = await tools.pushes.prepare(pinned ?? call.params, relayed, request.principal.owner);
  const params = noticed ?? pinned;
  return params === null ? call.body : Buffer.from(JSON.stringify(inEnvelope(call, params)));
}

function inEnvelope({ binding, body }: A2aCall, params: object): object {
  if (binding === "HTTP+JSON") return params;
  return { ...(JSON.parse(String(body)) as object), params };
}

async function ask(
  request: FastifyRequest,
  { relayed, place, body, watched, tools }: Asked,
): Promise<{ readonly session: string; readonly answer: PeerAnswer }> {
  const { call, agent } = relayed;
  const userAgent = request.headers["user-agent"] ?? "";
  const question = { subject: request.principal, target: agent, userAgent, requestId: request.id };
  const handed = await tools.handOff.tokenFor(question);
  if (!handed.ok) throw handed.reason;
  const session = tools.sessions(request.principal, userAgent);
  const headers = agentHeaders(request, { token: handed.value.token, session, hasBody: body !== null });
  const sent = { url: addressOf(place, call), method: call.method, headers, body, signal: watched.signal };
  try {
    return { session, answer: await tools.peersFor(agent).send(sent) };
  } catch (error) {
    throw error instanceof GatewayError ? inOurWords(error) : error;
  }
}

interface Asked {
  readonly relayed: Relayed;
  readonly place: Interface;
  readonly body: Buffer | null;
  readonly watched: WatchedCall;
  readonly tools: RelayTools;
}

/** The proxy speaks of engines. */
function inOurWords(error: GatewayError): GatewayError {
  const message = error.message.replace("the engine", "the agent");
  return new GatewayError(error.code, message, { headers: { ...error.headers }, cause: error.cause });
}

/** Whose answers are events. Any other operation's would pass unread as one. */
const STREAMING: ReadonlySet<string> = new Set(["SendStreamingMessage", "SubscribeToTask"]);

const isStream = ({ headers, status }: PeerAnswer) =>
  status === 200 && /^text\/event-stream\s*(;|$)/i.test(headers.get("content-type") ?? "");
