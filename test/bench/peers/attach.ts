import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { until } from "../engine.ts";
import { GATEWAY_CORE, spawnPinned } from "../pinned.ts";
import { type Peer, type RunningPeer, running, type Setting } from "./peer.ts";

type Env = Readonly<Record<string, string>>;

const LAUNCHER = resolve(import.meta.dirname, "../../../services/gateway/bin/attach-gateway.js");

/** The rungs of the ladder: each has what the one before has, and something more. */
const VERIFIED = "RS256 verified (remembered), revocation, scope, policy, identity stamped";
const PLAIN: Env = { AUDIT_CALLS: "off", USAGE_METERING: "null", MEM_BACKEND: "none" };
const QUOTA: Env = { MAX_TOKENS_PER_MIN: "1000000000", MEM_BACKEND: "none" };

function gateway(id: string, name: string, { does, env }: Pick<Peer, "does"> & { env: Env }): Peer {
  return { id, name, does, isInstalled: () => true, start: async (it) => (await startAttach(it, env)).peer };
}

/** The gateway as users run it: the bundle, by its launcher; what only relays. */
export const attach = gateway("attach", "Attach Gateway", { does: VERIFIED, env: PLAIN });

/** By undici to the engine: what TLS and streamed bodies go by in any case. */
export const attachUndici = gateway("attach-undici", "Attach Gateway, undici", {
  does: VERIFIED,
  env: { ...PLAIN, RELAY_LANE: "undici" },
});

export const attachLimited = gateway("attach-quota", "Attach Gateway + quota", {
  does: "the same, and tokens reserved and settled",
  env: { ...PLAIN, ...QUOTA },
});

export const attachMetered = gateway("attach-meter", "Attach Gateway + quota + metering", {
  does: "the same, and usage read from each answer, summed and stored",
  env: { ...QUOTA, AUDIT_CALLS: "off" },
});

/** With everything that its defaults have, and a quota. */
export const attachAudited = gateway("attach-audit", "Attach Gateway + quota + metering + audit", {
  does: "the same, and one audit record a call (written by a thread of its own, counted)",
  env: QUOTA,
});

/** @returns the time until it answered `/healthz`, in milliseconds, beside the peer */
export async function startAttach(
  setting: Setting,
  extra: Env = {},
): Promise<{ peer: RunningPeer; readyMs: number }> {
  const port = await freePort();
  const cwd = join(setting.folder, `attach-${port}`);
  mkdirSync(cwd, { recursive: true });
  const profile = process.env["BENCH_CPU_PROFILE"];
  const began = performance.now();
  const child = spawnPinned(
    GATEWAY_CORE,
    [
      process.execPath,
      ...(process.env["BENCH_NODE_FLAGS"]?.split(" ") ?? []),
      ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : []),
      LAUNCHER,
      "serve",
    ],
    {
      cwd,
      stdio: ["ignore", process.env["BENCH_NODE_FLAGS"] ? "inherit" : "ignore", "inherit"],
      env: {
        PATH: process.env["PATH"] ?? "",
        PORT: String(port),
        PUBLIC_URL: setting.audience,
        OIDC_ISSUER: setting.issuer,
        ENGINE_URL: setting.engine,
        LOG_LEVEL: "warn",
        ...extra,
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (!(await fetch(`${url}/healthz`)).ok) throw new Error("not ready");
  });
  return { peer: running(url, child), readyMs: performance.now() - began };
}
