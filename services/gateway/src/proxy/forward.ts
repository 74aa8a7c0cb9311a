import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { Exchange } from "./exchange.ts";
import { overloaded } from "./failure.ts";
import { type Framing, readFraming } from "./framing.ts";
import type { Received, RelayCall } from "./relay-call.ts";
import { Upload } from "./upload.ts";

/** A body up to this many bytes is gathered and sent in one piece; a longer one streams. */
const GATHERED_BYTES = 64 * 1024;

/**
 * Relays a request that has passed its stations, past Fastify's reply: every method, streaming both ways, with
 * back-pressure. Errors before the response has begun are told by `relay.sendError`.
 */
export function forward(request: FastifyRequest, reply: FastifyReply, call: RelayCall): void {
  reply.hijack();
  const exchange = new Exchange(request, reply.raw, call);
  // Left while a station was waiting: its socket tells nobody a second time.
  if (request.raw.socket.destroyed) {
    exchange.hangUp();
    return;
  }
  const framing = admit(request.raw, call);
  if (framing instanceof GatewayError) {
    exchange.fail(framing);
    return;
  }
  const read = call.body ?? null;
  // Only now, after the stations and the length, is a client that waits for leave told to send its body (S15).
  if (request.raw.headers.expect !== undefined && read === null) reply.raw.writeContinue();
  if (read !== null) {
    exchange.received = { bytes: read.length };
    exchange.send(read);
  } else if (framing === 0) exchange.send(null);
  else if (framing !== "chunked" && framing <= GATHERED_BYTES) {
    exchange.received = gather(request.raw, framing, (body) => exchange.send(body));
  } else {
    const limit = call.relay.maxBodyBytes;
    const upload = new Upload(request.raw, {
      declared: framing === "chunked" ? null : framing,
      limit,
      onOverflow: () => exchange.fail(tooLarge(limit)),
    });
    exchange.received = upload;
    exchange.send(upload);
  }
}

function admit(incoming: IncomingMessage, { relay, leg, refusal }: RelayCall): Framing | GatewayError {
  if (refusal) return refusal;
  // The exchange counts itself.
  if (leg.upstream.active > leg.upstream.connections) return overloaded();
  const framing = readFraming(incoming);
  if (framing === undefined) return new GatewayError("bad_request", "the body is framed ambiguously");
  return framing !== "chunked" && framing > relay.maxBodyBytes ? tooLarge(relay.maxBodyBytes) : framing;
}

function gather(incoming: IncomingMessage, length: number, done: (body: Buffer) => void): Received {
  const received = { bytes: 0 };
  const pieces: Buffer[] = [];
  incoming.on("data", (piece: Buffer) => {
    received.bytes += piece.length;
    pieces.push(piece);
    if (received.bytes === length) done(pieces.length === 1 ? piece : Buffer.concat(pieces));
  });
  return received;
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError("payload_too_large", `the request body is larger than ${limit} bytes`);
}
