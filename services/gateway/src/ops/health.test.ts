import fastify from "fastify";
import { expect, test } from "vitest";
import { type CheckState, healthRoutes } from "./health.ts";

async function build(states: Record<string, CheckState>, draining = false) {
  const app = fastify();
  await app.register(healthRoutes, {
    draining: () => draining,
    checks: Object.entries(states).map(([name, state]) => ({ name, run: async () => state })),
  });
  return app;
}

test("is alive whatever else is wrong", async () => {
  const app = await build({ store: "unavailable" });
  expect((await app.inject("/healthz")).json()).toEqual({ status: "ok" });
});

test.each([
  [{ store: "ok", issuer: "ok" }, 200, "ok"],
  [{ store: "ok", issuer: "degraded" }, 200, "degraded"],
  [{ store: "unavailable", issuer: "degraded" }, 503, "unavailable"],
] as const)("is as ready as the worst of its parts: %j", async (checks, status, word) => {
  const response = await (await build({ ...checks })).inject("/readyz");
  expect(response.statusCode).toBe(status);
  expect(response.json()).toEqual({ status: word, checks });
});

test("turns balancers away once it drains", async () => {
  const app = await build({ store: "ok" }, true);
  expect((await app.inject("/readyz")).statusCode).toBe(503);
});

test("shares one round of checks among a flood of probes", async () => {
  let rounds = 0;
  const app = fastify();
  const run = async (): Promise<CheckState> => {
    rounds++;
    return "ok";
  };
  await app.register(healthRoutes, { draining: () => false, checks: [{ name: "store", run }] });
  await Promise.all(Array.from({ length: 20 }, () => app.inject("/readyz")));
  expect(rounds).toBe(1);
});
