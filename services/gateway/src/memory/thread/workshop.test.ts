import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { packRecords, type RawRecord } from "../spool/record.ts";
import { createSealer } from "../spool/seal.ts";
import { createWorkshop, type Workshop } from "./workshop.ts";

const key = randomBytes(32);
const keys = { spool: [key], hashes: randomBytes(32) };
const warnings: string[] = [];
const log = { warn: (_: object, message: string) => void warnings.push(message) };

let workshop: Workshop | undefined;
let folder: string | undefined;
afterEach(async () => {
  await workshop?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
  warnings.length = 0;
});

function aRecord(requestId: string, content: string): RawRecord {
  const request = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content }] }));
  return {
    speaker: { owner: { iss: "https://idp", sub: "alice", tenant: null }, chain: [], root: null },
    session: "s",
    requestId,
    path: "/api/chat",
    task: null,
    startedAt: 1_790_000_000_000,
    endedAt: 1_790_000_000_001,
    status: 404,
    aborted: false,
    cut: false,
    requestEncoding: null,
    responseType: null,
    responseEncoding: null,
    request,
    response: [],
    responseBytes: 0,
  };
}

const seal = (...records: RawRecord[]) => createSealer(key)(packRecords(records));

/** The real thread, but for a word that makes it run for ever. */
function stumbling(): URL {
  folder = mkdtempSync(join(tmpdir(), "attach-workshop-"));
  const file = join(folder, "thread.mjs");
  const serve = JSON.stringify(new URL("./serve.ts", import.meta.url).href);
  const record = JSON.stringify(new URL("../spool/record.ts", import.meta.url).href);
  const open = JSON.stringify(new URL("../spool/seal.ts", import.meta.url).href);
  writeFileSync(
    file,
    `import { parentPort, workerData } from "node:worker_threads";
    import { serveRedaction } from ${serve};
    import { unpackRecords } from ${record};
    import { createOpener } from ${open};
    parentPort.on("message", ({ sealed, at, withhold }) => {
      if (sealed === undefined || withhold) return;
      const records = unpackRecords(createOpener(workerData.spool)(sealed));
      const some = at === undefined ? records : records.slice(at, at + 1);
      if (some.some(({ request }) => request.includes("stumble"))) for (;;);
    });
    serveRedaction(parentPort, workerData);`,
  );
  return pathToFileURL(file);
}

describe("the workshop", () => {
  test("makes the same events of a batch each time, so that a retry writes once", async () => {
    workshop = createWorkshop({ keys, log });
    const sealed = seal(aRecord("q1", "hello"), aRecord("q2", "password: hunter2-Winter"));
    const events = await workshop.events(sealed);
    expect(events.map(({ text }) => text)).toEqual(["hello", "password: [redacted:assigned]"]);
    expect(await workshop.events(sealed)).toEqual(events);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  test("refuses a batch that cannot be opened, and goes on", async () => {
    workshop = createWorkshop({ keys, log });
    await expect(workshop.events(randomBytes(80))).rejects.toThrow();
    expect(
      await workshop.redact([{ token: "abc", list: ["AKIA".concat("ABCDEFGHIJKLMNOP"), 5, null] }]),
    ).toEqual([{ token: "[redacted:assigned]", list: ["[redacted:aws-key-id]", 5, null] }]);
  });

  test("S22: a body that is nested without end costs nobody else their record", async () => {
    workshop = createWorkshop({ keys, log });
    const depth = 200_000;
    const nested = `${'[{"type":"tool_result","content":'.repeat(depth)}""${"}]".repeat(depth)}`;
    const hostile = {
      ...aRecord("q2", ""),
      request: Buffer.from(`{"messages":[{"role":"user","content":${nested}}]}`),
    };
    const events = await workshop.events(seal(aRecord("q1", "before"), hostile, aRecord("q3", "after")));
    expect(events.map(({ requestId }) => requestId)).toEqual(["q1", "q2", "q3"]);
    expect(events.map(({ text }) => text).filter((_, at) => at !== 1)).toEqual(["before", "after"]);
  }, 30_000);

  test("S22: a text that cannot be judged is withheld, and those beside it are kept", async () => {
    workshop = createWorkshop({ keys, log, limitMs: 1_500, entry: stumbling() });
    const events = await workshop.events(
      seal(aRecord("q1", "before"), aRecord("q2", "stumble"), aRecord("q3", "after")),
    );
    expect(events.map(({ text }) => text)).toEqual(["before", "", "after"]);
    expect(events[1]).toMatchObject({ requestId: "q2", meta: { withheld: true } });
    expect(warnings.length).toBeGreaterThan(0);
  }, 30_000);
});
