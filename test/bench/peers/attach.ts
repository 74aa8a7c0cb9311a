import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { until } from "../engine.ts";
import { GATEWAY_CORE, spawnPinned } from "../pinned.ts";
import { type Peer, type RunningPeer, running, type Setting } from "./peer.ts";

const LAUNCHER = resolve(import.meta.dirname, "../../../services/gateway/bin/attach-gateway.js");

/** The gateway as users run it: the bundle, by its launcher, with its defaults. */
export const attach: Peer = {
  id: "attach",
  name: "Attach Gateway",
  does: "RS256 verified (remembered), revocation, scope, identity stamped",
  isInstalled: () => true,
  start: async (setting) => (await startAttach(setting)).peer,
};

/** @returns the time until it answered `/healthz`, in milliseconds, beside the peer */
export async function startAttach(setting: Setting): Promise<{ peer: RunningPeer; readyMs: number }> {
  const port = await freePort();
  const cwd = join(setting.folder, `attach-${port}`);
  mkdirSync(cwd, { recursive: true });
  const profile = process.env["BENCH_CPU_PROFILE"];
  const began = performance.now();
  const child = spawnPinned(
    GATEWAY_CORE,
    [process.execPath, ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : []), LAUNCHER, "serve"],
    {
      cwd,
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env["PATH"] ?? "",
        PORT: String(port),
        PUBLIC_URL: setting.audience,
        OIDC_ISSUER: setting.issuer,
        ENGINE_URL: setting.engine,
        LOG_LEVEL: "warn",
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (!(await fetch(`${url}/healthz`)).ok) throw new Error("not ready");
  });
  return { peer: running(url, child), readyMs: performance.now() - began };
}
