import { connect, type Socket } from "node:net";
import type { Client, Dispatcher } from "undici";
import type { Connection, OutboundRequest } from "../connections.ts";
import type { Waiting } from "./after-poll.ts";
import { Call, type Carrier } from "./call.ts";
import type { ParsedHead } from "./head.ts";
import type { Lane } from "./lane.ts";
import { LaneError } from "./lane-error.ts";
import { writeRequestHead } from "./request-head.ts";
import { ResponseReader, type ResponseSink } from "./response-reader.ts";
import { send } from "./send.ts";
import type { Mortal } from "./ticks.ts";

/** How much earlier than the engine says we close, in milliseconds. */
const KEEP_ALIVE_MARGIN = 1_000;
const TCP_KEEP_ALIVE_MS = 60_000;

/**
 * One plain connection, one request at a time. It is used again only after a response that ended cleanly with nothing behind
 * it; in every other case, and whenever something is not as plain as expected, the socket is destroyed (S15).
 */
export class FastConnection implements Connection, Carrier, ResponseSink, Mortal, Waiting {
  dueAt = Number.POSITIVE_INFINITY;
  readonly #lane: Lane;
  readonly #reader: ResponseReader;
  #socket: Socket | null = null;
  #call: Call | null = null;
  /** The call's request, while it waits for its turn. */
  #unsent: { readonly head: string; readonly body: Buffer | null } | null = null;
  #spare: Client | null = null;
  #closed: (() => void) | null = null;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#reader = new ResponseReader(this, lane.maxHeadBytes);
  }

  dispatch(request: OutboundRequest, handler: Dispatcher.DispatchHandler): void {
    const { method, path, headers, body } = request;
    if (body !== null && !Buffer.isBuffer(body)) {
      this.#spare ??= this.#lane.openSpare();
      this.#spare.dispatch(request as Dispatcher.DispatchOptions, handler);
      return;
    }
    const call = new Call(this, handler);
    const length = body === null ? null : body.length;
    const head = writeRequestHead({ method, path, host: this.#lane.host, headers, length });
    if (this.#closed !== null || head === undefined) {
      const [code, what] =
        head === undefined
          ? (["LANE_INVALID_REQUEST", "not a request that can be written"] as const)
          : (["LANE_CLOSED", "the connection was closed"] as const);
      handler.onResponseError?.(call, new LaneError(code, what));
      return;
    }
    handler.onRequestStart?.(call, null);
    if (call.aborted) return;
    this.#call = call;
    this.#reader.expect(method === "HEAD");
    this.#unsent = { head, body };
    this.dueAt = Number.POSITIVE_INFINITY;
    // What came on a kept connection before its next request is read first, as it answers nobody.
    if (this.#socket === null) this.transmit();
    else this.#lane.afterPoll.add(this);
  }

  transmit(): void {
    const request = this.#unsent;
    if (request === null) return;
    this.#unsent = null;
    const socket = this.#socket ?? this.#open();
    const { connect: connecting, firstByte } = this.#lane.timeouts;
    this.#dueIn(socket.connecting ? connecting : firstByte);
    send(socket, request.head, request.body);
  }

  head({ status, reason, lines }: ParsedHead): void {
    const call = this.#call;
    if (call === null) return;
    call.rawHeaders = lines;
    call.handler.onResponseStart?.(call, status, {}, reason);
  }

  data(piece: Buffer): void {
    const call = this.#call;
    if (call !== null) call.handler.onResponseData?.(call, piece);
  }

  abandon(call: Call): void {
    if (this.#call === call) this.#drop();
  }

  /** Who pauses keeps its own time. */
  pause(call: Call): void {
    if (this.#call !== call) return;
    this.#socket?.pause();
    this.dueAt = Number.POSITIVE_INFINITY;
  }

  resume(call: Call): void {
    if (this.#call !== call) return;
    this.#dueIn(this.#lane.timeouts.idle);
    this.#socket?.resume();
  }

  expire(): void {
    if (this.#call === null) this.#drop();
    else if (this.#socket?.connecting)
      this.#fail(new LaneError("LANE_CONNECT_TIMEOUT", "could not connect in time"));
    else this.#fail(new LaneError("LANE_TIMEOUT", "the engine fell silent"));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    if (this.#call === null) this.#drop();
    await Promise.all([closed, this.#spare?.close()]);
  }

  async destroy(): Promise<void> {
    this.#closed ??= () => {};
    if (this.#call === null) this.#drop();
    else this.#fail(new LaneError("LANE_CLOSED", "the connection was closed"));
    await this.#spare?.destroy();
  }

  #open(): Socket {
    const { hostname, port, buffer } = this.#lane;
    const socket = connect({
      host: hostname,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      onread: {
        buffer,
        callback: (length) => {
          if (socket === this.#socket) this.#receive(length);
          return true;
        },
      },
    });
    this.#socket = socket;
    socket.once("connect", () => {
      if (socket === this.#socket && this.#call !== null) this.#dueIn(this.#lane.timeouts.firstByte);
    });
    socket.once("end", () => {
      if (socket === this.#socket) this.#end();
    });
    socket.on("error", (error) => {
      if (socket === this.#socket) this.#lost(error);
    });
    socket.once("close", () => {
      if (socket === this.#socket) this.#lost(closedByEngine());
    });
    return socket;
  }

  #receive(length: number): void {
    const call = this.#call;
    // Bytes that nobody asked for would answer the next request.
    if (call === null || this.#unsent !== null) {
      this.#discard();
      return;
    }
    const progress = this.#reader.read(this.#lane.buffer, length);
    if (this.#call !== call) return;
    if (progress === "end") this.#finish(call);
    else if (progress === "invalid")
      this.#fail(new LaneError("LANE_INVALID_RESPONSE", "not a plain HTTP/1.1 response"));
    else if (this.#reader.framing !== undefined && !call.paused) this.#dueIn(this.#lane.timeouts.idle);
  }

  #end(): void {
    if (this.#call !== null && this.#reader.finish() === "end") this.#finish(this.#call);
    else this.#lost(closedByEngine());
  }

  /** The socket is gone. A request that was still to be sent goes out on another. */
  #lost(error: Error): void {
    if (this.#unsent === null) this.#fail(error);
    else this.#discard();
  }

  #finish(call: Call): void {
    const { framing, surplus, trailers } = this.#reader;
    const { keepAlive } = this.#lane.timeouts;
    const keep = Math.min(keepAlive, (framing?.keepSeconds ?? 0) * 1000 - KEEP_ALIVE_MARGIN);
    // What is still to be written belongs to a request that has had its answer.
    const isSpent = framing?.keep !== true || surplus || keep <= 0 || this.#socket?.writableLength !== 0;
    call.rawTrailers = trailers;
    if (isSpent || this.#closed !== null) this.#drop();
    else {
      this.#call = null;
      this.#dueIn(keep);
      if (call.paused) this.#socket?.resume();
    }
    call.handler.onResponseEnd?.(call, {});
  }

  #fail(error: Error): void {
    const call = this.#call;
    this.#drop();
    call?.handler.onResponseError?.(call, error);
  }

  #drop(): void {
    this.#call = null;
    this.#unsent = null;
    this.dueAt = Number.POSITIVE_INFINITY;
    this.#discard();
    this.#closed?.();
  }

  #discard(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }

  #dueIn(milliseconds: number): void {
    this.dueAt = this.#lane.ticks.after(milliseconds);
  }
}

function closedByEngine(): LaneError {
  return new LaneError("LANE_OTHER_SIDE_CLOSED", "the engine closed the connection");
}
