import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";

/** How long a client may go on sending a body that nobody wants, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * Reads and drops the rest of a body after its answer has been sent. Closing at once would reset the connection under a
 * client that still sends, and it would never see the answer (RFC 9112 §9.6). Not for ever: then the connection is cut.
 */
export function linger(incoming: IncomingMessage): void {
  // A request that the gateway makes to itself has a body in memory, and a socket that is none.
  const cut = (): void => void (incoming.socket instanceof Socket && incoming.socket.destroy());
  const timer = setTimeout(cut, LINGER_MS);
  timer.unref();
  const done = () => clearTimeout(timer);
  incoming.once("end", done).once("close", done).resume();
}
