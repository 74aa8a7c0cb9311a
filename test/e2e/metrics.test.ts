import { readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { startGateway } from "../support/gateway.ts";
import { seriesOf } from "../support/metrics.ts";
import { type Stack, startStack } from "../support/stack.ts";

const DASHBOARDS = resolve(import.meta.dirname, "../../deploy/grafana");
const TOKEN = "metrics-token-0123456789";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  const alice = await stack.userToken("alice");
  const body = JSON.stringify({ model: "llama3.2", prompt: "hi", stream: false });
  await (await stack.call("/api/generate", alice, { method: "POST", body })).text();
  await (await stack.call("/api/no-such-path", alice)).text();
  await (await stack.call("/api/chat")).text();
  await (await stack.call("/healthz")).text();
  // What is looked at once a second has been.
  await new Promise((wake) => setTimeout(wake, 1_200));
});
afterAll(() => stack.stop());

describe("O04: metrics", () => {
  test("O04: are in Prometheus's text format, and count what happened", async () => {
    const response = await stack.call("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const series = seriesOf(await response.text());
    expect(series("attach_requests_total", { upstream: "default", status: "200" })).toBe(1);
    expect(series("attach_refusals_total", { code: "invalid_token" })).toBe(1);
    expect(series("attach_http_requests_total", { route: "/healthz", status: "200" })).toBeGreaterThan(0);
    expect(series("attach_first_byte_seconds_count", { upstream: "default" })).toBeGreaterThan(0);
    expect(series("attach_revocation_lag_seen_seconds_count")).toBeGreaterThan(0);
    expect(series("attach_queue_depth_count", { queue: "audit" })).toBeGreaterThan(0);
    expect(series("attach_upstream_up", { upstream: "default" })).toBe(1);
    expect(series("process_resident_memory_bytes")).toBeGreaterThan(1e7);
    for (const name of series.names().filter((one) => one.endsWith("_total")))
      expect([name, series.types.get(name)]).toEqual([name, "counter"]);
  });

  test("O04: every metric that a dashboard asks for is one that the gateway has", async () => {
    const series = seriesOf(await (await stack.call("/metrics")).text());
    const live = new Set(series.names());
    // There only once something went wrong.
    for (const name of ["attach_upstream_errors_total"]) if (series.types.has(name)) live.add(name);
    const files = readdirSync(DASHBOARDS).filter((file) => file.endsWith(".json"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const dashboard = JSON.parse(readFileSync(resolve(DASHBOARDS, file), "utf8"));
      const ids = dashboard.panels.map(({ id }: { id: number }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const asked = JSON.stringify(dashboard).match(/\b(?:attach|process|nodejs)_[a-z0-9_]+/g) ?? [];
      expect(asked.length).toBeGreaterThan(20);
      expect([...new Set(asked)].filter((name) => !live.has(name))).toEqual([]);
    }
  });

  test("O04: are for this machine alone without a token: by the socket, by no header, and by no other name of ours", async () => {
    for (const [name, value] of [
      ["X-Forwarded-For", "127.0.0.1"],
      ["Forwarded", "for=127.0.0.1"],
      ["X-Real-IP", "127.0.0.1"],
    ] as const) {
      const passedOn = await stack.call("/metrics", undefined, { headers: { [name]: value } });
      expect([name, passedOn.status]).toEqual([name, 403]);
    }
    const rebound = await import("node:http").then(
      ({ get }) =>
        new Promise<number>((done, fail) => {
          const asked = get(
            `${stack.gateway.url}/metrics`,
            { headers: { Host: "evil.example" } },
            (response) => {
              response.resume();
              done(response.statusCode ?? 0);
            },
          );
          asked.on("error", fail);
        }),
    );
    expect(rebound).toBe(403);
  });

  test("O04: from another address they are refused without a token, and shown with it", async ({ skip }) => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (address === undefined) return skip("this machine has no address but loopback");
    const port = await freePort();
    const env = {
      OIDC_ISSUER: stack.issuer.issuer,
      HOST: "0.0.0.0",
      PUBLIC_URL: `http://${address}:${port}`,
      ENGINE_URL: stack.engine.url,
    };
    const open = await startGateway({ port, env });
    try {
      const refused = await fetch(`http://${address}:${port}/metrics`);
      expect(refused.status).toBe(403);
      expect(await refused.text()).not.toContain("attach_");
      expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    } finally {
      await open.stop();
    }
    const guarded = await startGateway({ port, env: { ...env, METRICS_TOKEN: TOKEN } });
    try {
      const url = `http://${address}:${port}/metrics`;
      const ask = (value?: string) =>
        fetch(url, value === undefined ? {} : { headers: { Authorization: value } });
      for (const value of [undefined, "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
        const answer = await ask(value);
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toContain("resource_metadata=");
      }
      // With a token, being here is not enough.
      expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
      expect((await ask(`Bearer ${TOKEN}`)).status).toBe(200);
      expect(guarded.output()).not.toContain(TOKEN);
    } finally {
      await guarded.stop();
    }
  });
});
