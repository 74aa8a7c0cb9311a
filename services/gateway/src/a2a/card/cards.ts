import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Outbound } from "../../core/ports/outbound.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { Callable } from "../directory.ts";
import { type AgentCard, readCard } from "./read.ts";

/** Agents' own cards, as they were last fetched. */
export interface Cards {
  /** The refusal is for the caller, and names no address (S18). */
  find(agent: Callable): Promise<Result<AgentCard, GatewayError>>;
}

export interface CardsOptions {
  /** Who fetches for this agent: what the operator configured may stand in a private network. */
  readonly outboundFor: (agent: Callable) => Outbound;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
}

interface Entry {
  /** Of the record that it was fetched for. */
  readonly updatedAt: number;
  card: AgentCard | undefined;
  fetchedAt: number;
  triedAt: number;
  running: Promise<void> | undefined;
}

/** How long a card is gone by, in milliseconds. */
const FRESH_MS = 60_000;
/** How long an agent that is down keeps its card. */
const STALE_MS = 3_600_000;
/** Least time between two tries, whoever asks: an unknown caller cannot make the gateway ask more often. */
const RETRY_MS = 5_000;
const ENTRIES = 1_024;
const MAX_DEPTH = 32;

/** Where cards are: 1.0 and 0.3, then before. */
const PLACES = ["/.well-known/agent-card.json", "/.well-known/agent.json"];

/** One fetch at a time for an agent; an old card serves while a new one is fetched. */
export function createCards({ outboundFor, clock, log }: CardsOptions): Cards {
  const entries = new Map<string, Entry>();

  async function fetchInto(entry: Entry, agent: Callable): Promise<void> {
    const outbound = outboundFor(agent);
    for (const place of placesOf(agent.endpoint.url)) {
      const answer = await outbound.send({ url: place, headers: { accept: "application/json" } });
      if (!answer.ok) {
        log.warn({ agent: agent.id, reason: answer.reason }, "the agent's card could not be fetched");
        return;
      }
      if (answer.value.status === 404) continue;
      const card =
        answer.value.status === 200
          ? readCard(parseStrictJson(answer.value.body, MAX_DEPTH), agent.endpoint.url)
          : undefined;
      if (card === undefined) {
        log.warn({ agent: agent.id, status: answer.value.status }, "the agent's card is none");
        return;
      }
      entry.card = card;
      entry.fetchedAt = clock.now();
      return;
    }
    log.warn({ agent: agent.id }, "the agent has no card");
  }

  function refresh(entry: Entry, agent: Callable): Promise<void> {
    entry.triedAt = clock.now();
    entry.running ??= fetchInto(entry, agent).finally(() => {
      entry.running = undefined;
    });
    return entry.running;
  }

  return {
    async find(agent) {
      const standing = entries.get(agent.id);
      const entry: Entry =
        standing?.updatedAt === agent.updatedAt
          ? standing
          : { updatedAt: agent.updatedAt, card: undefined, fetchedAt: 0, triedAt: 0, running: undefined };
      if (entry !== standing) {
        if (entries.size >= ENTRIES) entries.clear();
        entries.set(agent.id, entry);
      }
      const now = clock.now();
      const isOld = now - entry.fetchedAt > FRESH_MS && now - entry.triedAt > RETRY_MS;
      const refreshing = isOld || entry.running !== undefined ? refresh(entry, agent) : undefined;
      if (entry.card === undefined || now - entry.fetchedAt > STALE_MS) await refreshing;
      const { card, fetchedAt } = entry;
      return card !== undefined && clock.now() - fetchedAt <= STALE_MS ? ok(card) : refuse(unavailable());
    },
  };
}

/** Below the endpoint; then at its host's root, where 0.3 has it. An address that ends in `.json` is the card's own. */
function placesOf(endpoint: string): readonly string[] {
  const url = new URL(endpoint);
  if (url.pathname.endsWith(".json")) return [endpoint];
  const below = url.pathname.replace(/\/$/, "");
  const prefixes = [...new Set([below, ""])];
  return prefixes.flatMap((prefix) => PLACES.map((place) => url.origin + prefix + place));
}

const unavailable = () =>
  new GatewayError("upstream_unreachable", "the agent's card could not be fetched, or is none");
