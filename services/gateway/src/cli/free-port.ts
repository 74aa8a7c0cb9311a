import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** How far to look for the next free port. */
const REACH = 100;

/**
 * The first free port from `port` on; for 0 any.
 * @throws the system's error when the address itself cannot be listened on, or no port is free in reach
 */
export async function nextFreePort(
  host: string,
  port: number,
  taken: ReadonlySet<number> = new Set(),
): Promise<number> {
  for (let candidate = port; ; candidate++) {
    if (taken.has(candidate)) continue;
    try {
      return await tryPort(host, candidate);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const last = candidate === 65_535 || candidate - port >= REACH;
      if (last || (code !== "EADDRINUSE" && code !== "EACCES")) throw error;
    }
  }
}

async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return bound;
}
