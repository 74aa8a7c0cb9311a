import { afterEach, expect, test } from "vitest";
import { startEchoEngine } from "../support/echo-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

// A path that engines do not share needs `engine:any`, which users have: inference there was neither read nor counted.
let rig: Rig | undefined;
let engine: Awaited<ReturnType<typeof startEchoEngine>> | undefined;
afterEach(async () => {
  await rig?.stop();
  await engine?.close();
});

const post = (path: string, body: object) =>
  fetch(`${rig?.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${rig?.token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
const LIMIT = { MAX_TOKENS_PER_MIN: "500" };

test.each(["/invocations", "/completion", "/generate", "/infill"])(
  "%s, one engine's own name for inference, is held to the budget",
  async (path) => {
    engine = await startEchoEngine();
    rig = await startRig(engine.url, LIMIT);
    const refused = await post(path, { model: "m", prompt: "word ".repeat(2_000) });
    expect(refused.status).toBe(429);
    expect(engine.requests).toEqual([]);
  },
);
