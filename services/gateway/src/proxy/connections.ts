import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";

export interface OutboundRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name, value, name, value, …; the length of a body that is streamed among them. */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
}

/** One request at a time; undici's `Client` is one. */
export interface Connection {
  dispatch(request: OutboundRequest, handler: Dispatcher.DispatchHandler): unknown;
  /** Waits for what is in flight. */
  close(): Promise<void>;
  /** Cuts off what is in flight. */
  destroy(): Promise<void>;
}

/** Connections to one upstream: taken for an exchange, given back when it is over. */
export interface Connections {
  /** The connection used last, which is the likeliest to be warm; a new one where all are taken. */
  take(): Connection;
  giveBack(connection: Connection): void;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/**
 * A stack of connections, one socket each. One whose socket has closed opens another when it is next used. undici's own pool asks every client in
 * turn and is told of every drain, which costs as much as all our header rules together.
 */
export function createConnections(open: () => Connection): Connections {
  const free: Connection[] = [];
  const all: Connection[] = [];
  return {
    take() {
      const known = free.pop();
      if (known !== undefined) return known;
      const made = open();
      all.push(made);
      return made;
    },
    giveBack: (connection) => void free.push(connection),
    close: async () => void (await Promise.all(all.map((connection) => connection.close()))),
    destroy: async () => void (await Promise.all(all.map((connection) => connection.destroy()))),
  };
}
