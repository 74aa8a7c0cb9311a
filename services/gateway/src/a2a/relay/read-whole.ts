import type { Readable } from "node:stream";
import { GatewayError } from "../../core/errors.ts";

/** Reads an answer to its end. @throws GatewayError where it is larger than it may be, and whatever the stream fails with */
export async function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes)
      throw new GatewayError("upstream_invalid_response", "the agent's answer is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
