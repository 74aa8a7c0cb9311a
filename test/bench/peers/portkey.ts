import { existsSync } from "node:fs";
import { freePort } from "../../support/free-port.ts";
import { until } from "../engine.ts";
import { GATEWAY_CORE, spawnPinned } from "../pinned.ts";
import { type Peer, running } from "./peer.ts";

/** Not a dependency: `npm install @portkey-ai/gateway` somewhere, and name its `build/start-server.js` here. */
const program = process.env["PORTKEY_GATEWAY"] ?? "";

/** A gateway in Node. Its open edition checks no token. */
export const portkey: Peer = {
  id: "portkey",
  name: "Portkey gateway (Node)",
  does: "no auth, body parsed and rewritten",
  isInstalled: () => existsSync(program),
  async start({ engine }) {
    const port = await freePort();
    const child = spawnPinned(GATEWAY_CORE, [process.execPath, program, `--port=${port}`, "--headless"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const url = `http://127.0.0.1:${port}`;
    await until(() => fetch(url));
    return running(url, child, ["x-portkey-provider: openai", `x-portkey-custom-host: ${engine}/v1`]);
  },
};
