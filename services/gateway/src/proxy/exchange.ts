import type { ServerResponse } from "node:http";
import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import type { Client, Dispatcher } from "undici";
import type { Clock } from "../core/clock.ts";
import type { GatewayError } from "../core/errors.ts";
import { linger } from "../core/linger.ts";
import type { CallEnd, ResponseTap } from "../core/ports/relayed-call.ts";
import type { Principal } from "../core/principal.ts";
import { ClientResponse, type ResponseEvents } from "./client-response.ts";
import { invalidResponse, upstreamFailure, upstreamUnauthorized } from "./failure.ts";
import { type HangUp, unwatch, watch } from "./hang-up.ts";
import type { LiveExchange, LiveExchanges } from "./live-exchanges.ts";
import { readResponseHead, readTrailers } from "./response-headers.ts";
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
  readonly onSettled?: (request: FastifyRequest, end: CallEnd) => void;
}

/** Counts a request's body as it comes. */
export interface Received {
  readonly bytes: number;
}

/** What one relayed request needs besides itself. */
export interface RelayCall {
  readonly relay: Relay;
  readonly upstream: Upstream;
  /** Path and query for the upstream, as `readTarget` passed them. */
  readonly target: string;
  /** Identity headers: name, value, name, value, …; empty for an upstream that is told nothing. */
  readonly stamps: readonly string[];
  /** Told to the client in the response. */
  readonly session: string;
  /** The request's body where a station has read it already; else it is still to come. */
  readonly body?: Buffer | null;
  /** Told to the client beside the engine's own headers: name, value, name, value, …. */
  readonly headers?: readonly string[] | undefined;
  /** Sees the answer pass; the engine is then asked for one that can be read. Must not throw. */
  readonly tap?: ResponseTap | undefined;
}

const NO_BODY: Received = { bytes: 0 };
const NO_TRAILERS: readonly [string, string][] = [];
const NO_HEADERS: readonly string[] = [];

/**
 * One request on its way through: undici's handler on the engine's side, a hang-up on the client's. It ends exactly once:
 * answered, refused, cut short or left.
 */
export class Exchange implements Dispatcher.DispatchHandler, HangUp, LiveExchange, ResponseEvents {
  /** Where the request's body is counted. */
  received: Received = NO_BODY;
  readonly connection: Client;
  slot = -1;
  readonly #request: FastifyRequest;
  readonly #call: RelayCall;
  readonly #outgoing: ServerResponse;
  readonly #response: ClientResponse;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #firstByteAt: number | null = null;
  #stall: NodeJS.Timeout | undefined;

  constructor(request: FastifyRequest, outgoing: ServerResponse, call: RelayCall) {
    this.#request = request;
    this.#outgoing = outgoing;
    this.#call = call;
    this.#response = new ClientResponse(outgoing, this);
    call.upstream.active += 1;
    this.connection = call.upstream.pool.take();
    watch(request.raw.socket, this);
    call.relay.live?.add(this);
  }

  get principal(): Principal {
    return this.#request.principal;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Answers in the engine's place, or cuts short what it had begun. */
  fail(error: GatewayError): void {
    if (this.#settled) return;
    const { relay, session, headers = NO_HEADERS } = this.#call;
    if (this.#response.held) {
      this.#response.abandon();
      this.#status = error.status;
      this.#outgoing.setHeader(RESPONSE_HEADERS.sessionId, session);
      for (let i = 0; i < headers.length; i += 2)
        this.#outgoing.setHeader(headers[i] ?? "", headers[i + 1] ?? "");
      relay.sendError(this.#request, this.#outgoing, error);
    } else this.#response.cut();
    this.#settle(false, error);
    this.#controller?.abort(error);
  }

  hangUp(): void {
    if (this.#settled) return;
    this.#settle(true, null);
    this.#response.abandon();
    this.#controller?.abort(new Error("the client hung up"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error("the client hung up"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    reason?: string,
  ): void {
    if (this.#settled) return;
    if (status < 200) {
      if (status === 101) this.fail(invalidResponse("the engine switched protocols unasked"));
      return;
    }
    this.#firstByteAt = this.#call.relay.clock.now();
    if (status === 401 || status === 407) {
      this.fail(upstreamUnauthorized());
      return;
    }
    const head = readResponseHead(controller.rawHeaders as Buffer[]);
    if (head === undefined) {
      this.fail(invalidResponse("the engine's response was framed ambiguously"));
      return;
    }
    const { session, headers, tap } = this.#call;
    tap?.head(status, head.headers.slice());
    if (headers !== undefined) for (const part of headers) head.headers.push(part);
    head.headers.push(RESPONSE_HEADERS.sessionId, session, RESPONSE_HEADERS.requestId, this.#request.id);
    this.#status = status;
    this.#response.begin(status, reason ?? "", head);
  }

  onResponseData(_controller: unknown, piece: Buffer): void {
    if (this.#settled) return;
    this.#response.write(piece);
    this.#call.tap?.data(piece);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#settled) return;
    const trailers = controller.rawTrailers as Buffer[] | null;
    this.#response.end(trailers === null || trailers.length === 0 ? NO_TRAILERS : readTrailers(trailers));
    if (this.#settled) return;
    this.#settle(false, null);
    if (!this.#request.raw.complete) linger(this.#request.raw);
  }

  onResponseError(_controller: unknown, cause: Error): void {
    this.fail(upstreamFailure(cause));
  }

  unwritable(cause: Error): void {
    this.fail(invalidResponse("the engine's response head was not valid HTTP", cause));
  }

  /** A client that stops reading stops the engine, and is cut off when it never goes on. */
  full(): void {
    if (this.#stall !== undefined || this.#settled) return;
    this.#controller?.pause();
    this.#stall = setTimeout(() => this.#response.cut(), this.#call.upstream.idleMs);
    this.#outgoing.once("drain", () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
      if (!this.#settled) this.#controller?.resume();
    });
  }

  #settle(aborted: boolean, error: GatewayError | null): void {
    this.#settled = true;
    clearTimeout(this.#stall);
    const { relay, upstream } = this.#call;
    upstream.active -= 1;
    upstream.pool.giveBack(this.connection);
    unwatch(this.#request.raw.socket, this);
    relay.live?.delete(this);
    relay.onSettled?.(this.#request, {
      upstream: upstream.name,
      status: this.#status,
      bytesIn: this.received.bytes,
      bytesOut: this.#response.bytes,
      firstByteAt: this.#firstByteAt,
      endedAt: relay.clock.now(),
      aborted,
      error,
    });
  }
}
