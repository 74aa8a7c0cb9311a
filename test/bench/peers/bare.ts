import { resolve } from "node:path";
import { GATEWAY_CORE, readUrl, spawnPinned } from "../pinned.ts";
import { type Peer, running } from "./peer.ts";

const PROGRAM = resolve(import.meta.dirname, "../programs/bare-relay.ts");

/** The engine without anything in front of it. */
export const direct: Peer = {
  id: "direct",
  name: "the engine, directly",
  does: "nothing in between",
  isInstalled: () => true,
  start: async ({ engine }) => ({ url: engine, headers: [], pid: undefined, stop: async () => {} }),
};

function bareRelay(
  id: string,
  name: string,
  { does, flags }: { does: string; flags: readonly string[] },
): Peer {
  return {
    id,
    name,
    does,
    isInstalled: () => true,
    async start({ engine }) {
      const child = spawnPinned(GATEWAY_CORE, [process.execPath, PROGRAM, "--upstream", engine, ...flags]);
      return running(await readUrl(child), child);
    },
  };
}

/** What every figure is divided by. */
export const bare = bareRelay("bare", "bare relay (node:http + undici)", {
  does: "no auth, copies headers, streams",
  flags: [],
});
export const bareTuned = bareRelay("bare-tuned", "bare relay, tuned", {
  does: "no auth; body in one Buffer, raw headers, one end()",
  flags: ["--tuned"],
});
