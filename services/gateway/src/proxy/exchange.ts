import type { ServerResponse } from "node:http";
import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import type { Dispatcher } from "undici";
import type { GatewayError } from "../core/errors.ts";
import { linger } from "../core/linger.ts";
import type { Principal } from "../core/principal.ts";
import { ClientResponse, type ResponseEvents } from "./client-response.ts";
import type { Connection } from "./connections.ts";
import { invalidResponse, isOurs, upstreamFailure, upstreamUnauthorized } from "./failure.ts";
import { type HangUp, unwatch, watch } from "./hang-up.ts";
import type { LiveExchange } from "./live-exchanges.ts";
import type { Leg, Received, RelayCall } from "./relay-call.ts";
import { isTurnedAway, mayFailOver, type RequestBody, sendAgain, wasNotSent } from "./replay.ts";
import { type RawHeaders, readResponseHead, readTrailers } from "./response-headers.ts";
import type { Upstream } from "./upstream.ts";

const NO_BODY: Received = { bytes: 0 };
const NO_TRAILERS: readonly [string, string][] = [];
const NO_HEADERS: readonly string[] = [];
const SUPERSEDED = new Error("another upstream is asked");

/**
 * One request on its way through: undici's handler on the engine's side, a hang-up on the client's. It ends exactly once:
 * answered, refused, cut short or left. Until the first byte of an answer another upstream may be asked in place of one that failed.
 */
export class Exchange implements Dispatcher.DispatchHandler, HangUp, LiveExchange, ResponseEvents {
  /** Where the request's body is counted. */
  received: Received = NO_BODY;
  slot = -1;
  readonly #request: FastifyRequest;
  readonly #call: RelayCall;
  readonly #outgoing: ServerResponse;
  readonly #response: ClientResponse;
  #leg: Leg;
  #tried: Upstream[] | null = null;
  #body: RequestBody = null;
  /** Taken when the request is sent. */
  #connection: Connection | null = null;
  /** The upstream's breaker waits to hear how this ends. */
  #isAwaited = false;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #firstByteAt: number | null = null;
  #stall: NodeJS.Timeout | undefined;

  constructor(request: FastifyRequest, outgoing: ServerResponse, call: RelayCall) {
    this.#request = request;
    this.#outgoing = outgoing;
    this.#call = call;
    this.#leg = call.leg;
    this.#response = new ClientResponse(outgoing, this, call.relay.awaitsRecords);
    call.leg.upstream.active += 1;
    watch(request.raw.socket, this);
    call.relay.live?.add(this);
  }

  get principal(): Principal {
    return this.#request.principal;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Sends the request to its upstream. */
  send(body: RequestBody): void {
    if (this.#settled) return;
    const { method, raw } = this.#request;
    const { upstream, stamps } = this.#leg;
    const { target, tap } = this.#call;
    const headers = upstream.writeHeaders(raw.rawHeaders, stamps, { method, plain: tap !== undefined });
    if (body !== null && "declared" in body && body.declared !== null)
      headers.push("content-length", String(body.declared));
    this.#body = body;
    this.#connection = upstream.pool.take();
    this.#isAwaited = true;
    upstream.breaker.enter();
    this.#connection.dispatch({ path: upstream.basePath + target, method, headers, body }, this);
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
    if (this.#settled || controller !== this.#controller) return;
    if (status < 200) {
      if (status === 101) this.fail(invalidResponse("the engine switched protocols unasked"));
      return;
    }
    // 503 is a word about now: to be busy is not to fail.
    if (status !== 503) this.#tellBreaker(status !== 502 && status !== 504);
    if (isTurnedAway(status) && wasNotSent(this.#body) && this.#failOver()) return;
    this.#firstByteAt = this.#call.relay.clock.now();
    if (status === 401 || status === 407) {
      this.fail(upstreamUnauthorized());
      return;
    }
    const head = readResponseHead(controller.rawHeaders as RawHeaders);
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

  onResponseData(controller: unknown, piece: Buffer): void {
    if (this.#settled || controller !== this.#controller) return;
    this.#response.write(piece);
    this.#call.tap?.data(piece);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#settled || controller !== this.#controller) return;
    const trailers = controller.rawTrailers as RawHeaders | null;
    const read = trailers === null || trailers.length === 0 ? NO_TRAILERS : readTrailers(trailers);
    if (this.#call.relay.awaitsRecords === true) this.#endRecorded(read);
    else {
      this.#response.end(read);
      if (this.#settled) return;
      this.#settle(false, null);
    }
    if (!this.#request.raw.complete) linger(this.#request.raw);
  }

  /** Everything but the end is with the client already, and the call is over for all but the client. */
  #endRecorded(trailers: readonly [string, string][]): void {
    const response = this.#response;
    Promise.resolve(this.#settle(false, null)).then(
      () => response.end(trailers),
      () => response.cut(),
    );
  }

  onResponseError(_controller: unknown, cause: Error): void {
    if (this.#settled || cause === SUPERSEDED) return;
    if (!isOurs(cause)) this.#tellBreaker(false);
    const isEarly = this.#firstByteAt === null;
    if (isEarly && mayFailOver(this.#request.method, this.#body, cause) && this.#failOver()) return;
    this.fail(upstreamFailure(cause));
  }

  unwritable(cause: Error): void {
    this.fail(invalidResponse("the engine's response head was not valid HTTP", cause));
  }

  /** A client that stops reading stops the engine, and is cut off when it never goes on. */
  full(): void {
    if (this.#stall !== undefined || this.#settled) return;
    this.#controller?.pause();
    this.#stall = setTimeout(() => this.#response.cut(), this.#leg.upstream.idleMs);
    this.#outgoing.once("drain", () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
      if (!this.#settled) this.#controller?.resume();
    });
  }

  /** Asks another upstream. @returns `false`: there is none */
  #failOver(): boolean {
    this.#tried ??= [];
    this.#tried.push(this.#leg.upstream);
    const next = this.#call.standIn?.(this.#tried) ?? null;
    if (next === null) return false;
    const failed = this.#controller;
    this.#controller = null;
    this.#leave();
    this.#leg = next;
    next.upstream.active += 1;
    failed?.abort(SUPERSEDED);
    const body = sendAgain(this.#body);
    if (body !== null && "declared" in body) this.received = body;
    this.send(body);
    return true;
  }

  #tellBreaker(isWell: boolean): void {
    const { breaker } = this.#leg.upstream;
    this.#isAwaited = false;
    if (isWell) breaker.succeeded();
    else breaker.failed();
  }

  #leave(): void {
    const { upstream } = this.#leg;
    upstream.active -= 1;
    if (this.#connection !== null) upstream.pool.giveBack(this.#connection);
    if (this.#isAwaited) upstream.breaker.released();
    this.#isAwaited = false;
  }

  #settle(aborted: boolean, error: GatewayError | null): Promise<void> | undefined {
    this.#settled = true;
    clearTimeout(this.#stall);
    this.#leave();
    const { relay } = this.#call;
    unwatch(this.#request.raw.socket, this);
    relay.live?.delete(this);
    return relay.onSettled?.(this.#request, {
      upstream: this.#leg.upstream.name,
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
