import type { ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Clock } from "../core/clock.ts";
import type { GatewayError } from "../core/errors.ts";
import type { CallEnd, ResponseTap } from "../core/ports/relayed-call.ts";
import type { LiveExchanges } from "./live-exchanges.ts";
import type { Upstream } from "./upstream.ts";

/** What every exchange of a relay shares. */
export interface Relay {
  readonly clock: Clock;
  /** Most bytes of a request body. */
  readonly maxBodyBytes: number;
  readonly sendError: (request: FastifyRequest, response: ServerResponse, error: GatewayError) => void;
  /** Everything in flight, for whoever may have to end it. */
  readonly live?: LiveExchanges;
  /** Called once for every exchange, when it is over. Must not throw. */
  readonly onSettled?: (request: FastifyRequest, end: CallEnd) => Promise<void> | undefined;
  /** The end of an answer waits for what `onSettled` gives; where that fails, the answer is cut short. */
  readonly awaitsRecords?: boolean;
}

/** Counts a request's body as it comes. */
export interface Received {
  readonly bytes: number;
}

/** Where a request is sent, and what is said there of its caller. */
export interface Leg {
  readonly upstream: Upstream;
  /** Identity headers: name, value, name, value, …; empty for an upstream that is told nothing. */
  readonly stamps: readonly string[];
}

/** What one relayed request needs besides itself. */
export interface RelayCall {
  readonly relay: Relay;
  readonly leg: Leg;
  /** Who is asked in place of those that failed, where that is safe; `null`: nobody. */
  readonly standIn?: ((tried: readonly Upstream[]) => Leg | null) | undefined;
  /** Nobody can be asked: this is the answer. */
  readonly refusal?: GatewayError | null;
  /** Path and query for the upstream, as `readTarget` passed them. */
  readonly target: string;
  /** Told to the client in the response. */
  readonly session: string;
  /** The request's body where a station has read it already; else it is still to come. */
  readonly body?: Buffer | null;
  /** Told to the client beside the engine's own headers: name, value, name, value, …. */
  readonly headers?: readonly string[] | undefined;
  /** Sees the answer pass; the engine is then asked for one that can be read. Must not throw. */
  readonly tap?: ResponseTap | undefined;
}
