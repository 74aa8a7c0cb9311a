import { Client } from "undici";

/** Connections to one upstream: taken for an exchange, given back when it is over. */
export interface Connections {
  /** The connection used last, which is the likeliest to be warm; a new one where all are taken. */
  take(): Client;
  giveBack(connection: Client): void;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/**
 * A stack of undici clients, one socket each. A client whose socket has closed opens another when it is next used. undici's
 * own pool asks every client in turn and is told of every drain, which costs as much as all our header rules together.
 */
export function createConnections(origin: string, options: Client.Options): Connections {
  const free: Client[] = [];
  const all: Client[] = [];
  return {
    take() {
      const known = free.pop();
      if (known !== undefined) return known;
      const made = new Client(origin, options);
      all.push(made);
      return made;
    },
    giveBack: (connection) => void free.push(connection),
    close: async () => void (await Promise.all(all.map((client) => client.close()))),
    destroy: async () => void (await Promise.all(all.map((client) => client.destroy()))),
  };
}
