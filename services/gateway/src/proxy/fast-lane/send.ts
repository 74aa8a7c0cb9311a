import type { Socket } from "node:net";
import { latin1 } from "../latin1.ts";

/** A body up to this many bytes is joined to its head: copying it costs less than a second piece of one write. */
const JOINED_BYTES = 16 * 1024;

/** Sends a request in one write. Latin1 is the bytes themselves, so a body goes through it unchanged. */
export function send(socket: Socket, head: string, body: Buffer | null): void {
  if (body === null || body.length === 0) socket.write(head, "latin1");
  else if (body.length <= JOINED_BYTES) socket.write(head + latin1(body), "latin1");
  else {
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body);
    socket.uncork();
  }
}
