import { get } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEchoEngine } from "../support/echo-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

// A proxy on the same machine that sends `Host` on and says nothing else showed /metrics to the world: the name of PUBLIC_URL was let in.
let engine: Awaited<ReturnType<typeof startEchoEngine>>;
let rig: Rig;
beforeAll(async () => {
  engine = await startEchoEngine();
  rig = await startRig(engine.url);
});
afterAll(async () => {
  await rig.stop();
  await engine.close();
});

const statusFor = (headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((done, fail) => {
    get(`${rig.url}/metrics`, { headers }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    }).on("error", fail);
  });

test.each([
  { Host: "gateway.test" },
  { Host: "127.0.0.1", "CF-Connecting-IP": "203.0.113.9" },
  { Host: "localhost", "X-Forwarded-Proto": "https" },
])("without a token, metrics are not shown for %j", async (headers) => {
  expect(await statusFor(headers)).toBe(403);
});

test("metrics are shown on this machine", async () => {
  expect(await statusFor({ Host: "localhost:9" })).toBe(200);
});
