import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import type { UpstreamConfig } from "../../config/config.ts";
import type { Send } from "../send.ts";
import { type Finding, fail, good, warn } from "./finding.ts";

/** Does the engine answer, and does it answer to this gateway alone? */
export async function checkEngine({ name, url }: UpstreamConfig, send: Send): Promise<readonly Finding[]> {
  const title = `engine ${name}`;
  const answer = await send(`${url}/`);
  // A redirect is an answer, too: whether paths are right is the engine's business.
  if (!answer.ok && !answer.reason.startsWith("answered"))
    return [fail(title, `${url} ${answer.reason}`, "start it (ollama serve), or name it: ENGINE_URL")];
  return [good(title, `${url} answers`), await checkPast(url)];
}

/**
 * An engine has no log-in of its own: whoever reaches it past the gateway is nobody and may do everything. Seen from here: an
 * engine on this machine that also answers at an address other machines can reach.
 */
async function checkPast(url: string): Promise<Finding> {
  const name = "engine past the gateway";
  const { hostname, port, protocol } = new URL(url);
  const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const addresses = await addressesOf(hostname);
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const isHere = addresses.some(
    (address) => own.some((one) => one.address === address) || isLoopback(address),
  );
  if (!isHere)
    return good(name, "it is on another machine: see to it that only the gateway reaches it there");
  const outer = own.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const open = await openAt(
    outer.map(({ address }) => address),
    number,
  );
  if (open.length === 0) return good(name, "answers on this machine only");
  return warn(
    name,
    `answers at ${open.join(", ")} port ${number} too, without any log-in`,
    "bind it to this machine (OLLAMA_HOST=127.0.0.1, vLLM --host 127.0.0.1), or close the port to others by a firewall",
  );
}

async function addressesOf(hostname: string): Promise<readonly string[]> {
  try {
    const found = await lookup(hostname.replace(/^\[|\]$/g, ""), { all: true });
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}

const isLoopback = (address: string) => address === "::1" || address.startsWith("127.");

const CONNECT_MS = 1_000;

/** Those of the addresses where something listens. */
export async function openAt(addresses: readonly string[], port: number): Promise<readonly string[]> {
  const answers = await Promise.all(
    addresses.map(async (host) => ((await listens(host, port)) ? host : undefined)),
  );
  return answers.filter((host) => host !== undefined);
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
