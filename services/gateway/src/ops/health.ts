import type { FastifyPluginAsync } from "fastify";

export type CheckState = "ok" | "degraded" | "unavailable";

/** One part that readiness asks about. `run` answers within its own time limit and never throws. */
export interface ReadinessCheck {
  readonly name: string;
  run(): Promise<CheckState>;
}

export interface HealthOptions {
  readonly checks: readonly ReadinessCheck[];
  /** True once shutdown has begun: readiness then says so, so that a balancer turns away first. */
  readonly draining: () => boolean;
}

/** How long one round of checks is shared, in milliseconds: an outage shows well within 3 s, a flood of probes costs nothing. */
const SHARED_FOR_MS = 1000;

/** `GET /healthz` (the process is alive) and `GET /readyz` (it can do its work); public, without details (CONTRACT §3). */
export const healthRoutes: FastifyPluginAsync<HealthOptions> = async (app, { checks, draining }) => {
  let round: { at: number; states: Promise<Record<string, CheckState>> } | undefined;

  function check(): Promise<Record<string, CheckState>> {
    const now = performance.now();
    if (round === undefined || now - round.at > SHARED_FOR_MS) round = { at: now, states: runAll(checks) };
    return round.states;
  }

  app.get("/healthz", (_request, reply) => {
    reply.header("Cache-Control", "no-store").send({ status: "ok" });
  });

  app.get("/readyz", async (_request, reply) => {
    const states = await check();
    const status = draining() ? "unavailable" : worst(Object.values(states));
    reply.header("Cache-Control", "no-store").code(status === "unavailable" ? 503 : 200);
    return { status, checks: states };
  });
};

async function runAll(checks: readonly ReadinessCheck[]): Promise<Record<string, CheckState>> {
  const states = await Promise.all(checks.map(async ({ name, run }) => [name, await run()] as const));
  return Object.fromEntries(states);
}

function worst(states: readonly CheckState[]): CheckState {
  if (states.includes("unavailable")) return "unavailable";
  return states.includes("degraded") ? "degraded" : "ok";
}
