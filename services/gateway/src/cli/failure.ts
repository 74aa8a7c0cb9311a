import type { Config } from "../config/config.ts";
import { nextFreePort } from "./free-port.ts";

/** Why the program could not start, for a person, with the way out where there is one. */
export async function describeFailure(error: unknown, { server, logging }: Config): Promise<string> {
  const { code, syscall, message, stack } = error as NodeJS.ErrnoException;
  const address = `${server.host} port ${server.port}`;
  // `bind`: a worker, for which the primary listens.
  if (syscall === "listen" || syscall === "bind" || syscall === "getaddrinfo") {
    if (code === "EADDRINUSE") {
      const free = await nextFreePort(server.host, server.port).catch(() => undefined);
      return `Port ${server.port} on ${server.host} is taken by another program. Stop that one, or listen elsewhere: --port ${free ?? "<port>"} (or PORT=${free ?? "<port>"}).`;
    }
    if (code === "EACCES")
      return `Listening on ${address} is not allowed: ports below 1024 are for the administrator. Try --port 8080.`;
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      return `This machine has no address ${server.host}: see --host (or HOST).`;
  }
  const detail = logging.level === "debug" || logging.level === "trace" ? stack : undefined;
  return `attach-gateway cannot start: ${detail ?? message ?? String(error)}`;
}
