import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryRig, startMemoryRig } from "../support/memory/rig.ts";
import { plantedSecrets } from "../support/memory/secrets.ts";

const SECRETS = plantedSecrets();
const parts = SECRETS.flatMap(({ secret }) => secret);

let rig: MemoryRig;
beforeAll(async () => {
  rig = await startMemoryRig({ LOG_LEVEL: "trace" });
});
afterAll(() => rig.close());

/** Everything that the gateway has left behind on the disk or told. */
function everything(): string {
  const { database } = rig.gateway;
  const files = [database, `${database}-wal`].filter((file) => existsSync(file));
  return files.map((file) => readFileSync(file, "latin1")).join("") + rig.gateway.log();
}

const found = (text: string) => parts.filter((part) => text.includes(part));

describe("M03: no secret is kept", () => {
  test("M03, S22: of what is planted in prompts and answers, plain, split or compressed, nothing is found anywhere", async () => {
    rig.engine.answer((body) => {
      const { messages, stream } = JSON.parse(body) as { messages: { content: string }[]; stream: boolean };
      const said = `You said: ${messages[0]?.content}`;
      if (stream) {
        const event = Buffer.from(
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: said } }] })}\n\n`,
        );
        const half = Math.floor(event.length / 2);
        return {
          headers: { "content-type": "text/event-stream" },
          pieces: [event.subarray(0, half), event.subarray(half)],
        };
      }
      const whole = gzipSync(JSON.stringify({ choices: [{ index: 0, message: { content: said } }] }));
      return { headers: { "content-type": "application/json", "content-encoding": "gzip" }, pieces: [whole] };
    });
    const watching = new Set<string>();
    for (const [at, { written }] of SECRETS.entries()) {
      const content = `word${at} ${written} .`;
      const { text } = await rig.say("/v1/chat/completions", {
        model: "m",
        stream: at % 2 === 0,
        messages: [{ role: "user", content }],
      });
      // The caller gets what the engine said, to the byte.
      if (at % 2 === 0) expect(text).toContain(JSON.stringify(written).slice(1, -1));
      for (const one of found(everything())) watching.add(one);
    }
    const events = await rig.recalled({ user: "alice" }, 2 * SECRETS.length);
    for (const one of found(everything())) watching.add(one);
    expect([...watching]).toEqual([]);
    expect(found(JSON.stringify(events))).toEqual([]);
    for (const at of SECRETS.keys()) {
      const both = events.filter(({ text }) => new RegExp(`\\bword${at}\\b`).test(text));
      expect(both.map(({ kind }) => kind).toSorted()).toEqual(["answer", "prompt"]);
      for (const { text } of both) expect(text).toContain("[redacted:");
    }
    const db = new DatabaseSync(rig.gateway.database, { readOnly: true });
    expect(db.prepare("select count(*) as waiting from memory_spool").get()).toEqual({ waiting: 0 });
    db.close();
  });

  test("M03: nor of what is written to memory, its meta and its logs", async () => {
    const token = rig.userToken("bob");
    for (const { written } of SECRETS) {
      const meta = { deep: [{ note: written }], [written.slice(0, 200)]: true, password: "zq9-Winter" };
      const answer = await rig.ask("POST", "/attach/v1/memory", { token, body: { text: written, meta } });
      expect(answer.status).toBe(201);
      expect((await rig.ask("POST", "/v1/logs", { token, body: { line: written } })).status).toBe(202);
    }
    const response = await fetch(`${rig.url}/attach/v1/memory/export`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const exported = await response.text();
    expect(exported.split("\n").filter(Boolean)).toHaveLength(2 * SECRETS.length);
    expect(found(exported)).toEqual([]);
    expect(found(everything())).toEqual([]);
    expect(everything()).not.toContain("zq9-Winter");
  });
});
