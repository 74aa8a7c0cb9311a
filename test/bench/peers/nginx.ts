import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { nginxFrame, until } from "../engine.ts";
import { GATEWAY_CORE, installed, spawnPinned } from "../pinned.ts";
import { type Peer, running } from "./peer.ts";

/** C's ceiling: it checks nobody. */
export const nginx: Peer = {
  id: "nginx",
  name: "nginx",
  does: "no auth",
  isInstalled: () => installed("nginx"),
  async start({ engine, folder }) {
    const port = await freePort();
    const file = join(folder, "nginx.conf");
    writeFileSync(
      file,
      `${nginxFrame(join(folder, "nginx"))}
upstream engine { server ${new URL(engine).host}; keepalive 64; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${port};
location / { proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } } }`,
    );
    const child = spawnPinned(GATEWAY_CORE, ["nginx", "-c", file, "-e", "stderr"]);
    const url = `http://127.0.0.1:${port}`;
    await until(() => fetch(url, { method: "HEAD" }));
    return running(url, child);
  },
};
