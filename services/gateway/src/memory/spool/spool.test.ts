import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createIntake, type Gap, type Intake } from "./intake.ts";
import { packRecords, type RawRecord, type Speaker, unpackRecords } from "./record.ts";
import { createRoom, type Room } from "./room.ts";
import { createOpener, createSealer } from "./seal.ts";

const ALICE: Speaker = { owner: { iss: "https://idp", sub: "alice", tenant: null }, chain: [], root: null };
const CODER: Speaker = {
  owner: { iss: "https://idp", sub: "bob", tenant: "acme" },
  chain: ["coder", "planner"],
  root: "r1",
};

function aRecord(fields: Partial<RawRecord> = {}): RawRecord {
  const response = fields.response ?? [Buffer.from("answer")];
  return {
    speaker: ALICE,
    session: "s",
    requestId: "q",
    path: "/api/chat",
    task: null,
    startedAt: 1,
    endedAt: 2,
    status: 200,
    aborted: false,
    cut: false,
    requestEncoding: null,
    responseType: null,
    responseEncoding: null,
    request: Buffer.from("prompt"),
    response,
    responseBytes: response.reduce((sum, { length }) => sum + length, 0),
    ...fields,
  };
}

describe("records in one piece", () => {
  test("come out as they went in, their speakers too", () => {
    const records = [
      aRecord(),
      aRecord({
        speaker: CODER,
        response: [Buffer.from("in "), Buffer.from("pieces")],
        aborted: true,
        path: "/ü",
      }),
      aRecord({ request: null, response: [], cut: true, task: "t", requestEncoding: "gzip" }),
      aRecord(),
    ];
    const read = unpackRecords(packRecords(records));
    expect(read.map(({ response }) => response.toString())).toEqual(["answer", "in pieces", "", "answer"]);
    expect(read.map(({ request }) => request?.toString() ?? null)).toEqual([
      "prompt",
      "prompt",
      null,
      "prompt",
    ]);
    for (const [at, { response: _, responseBytes: __, request: ___, ...rest }] of records.entries())
      expect(read[at]).toMatchObject(rest);
  });

  test("whatever their bodies are", () => {
    const bodies = fc.array(fc.tuple(fc.uint8Array(), fc.array(fc.uint8Array())), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(bodies, (list) => {
        const records = list.map(([request, response]) =>
          aRecord({ request: Buffer.from(request), response: response.map((piece) => Buffer.from(piece)) }),
        );
        const read = unpackRecords(packRecords(records));
        expect(read.map(({ request }) => request)).toEqual(records.map(({ request }) => request));
        expect(read.map(({ response }) => response)).toEqual(
          records.map(({ response }) => Buffer.concat(response)),
        );
      }),
    );
  });
});

describe("S22: what waits on the disk is sealed", () => {
  const key = randomBytes(32);

  test("is opened by its key alone, and by an earlier one after a rotation", () => {
    const sealed = createSealer(key)(Buffer.from("a secret prompt"));
    expect(Buffer.from(sealed).includes("secret")).toBe(false);
    expect(createOpener([randomBytes(32), key])(sealed).toString()).toBe("a secret prompt");
    expect(() => createOpener([randomBytes(32)])(sealed)).toThrow(/changed, or sealed under/);
  });

  test("is refused when any byte of it was changed", () => {
    const sealed = createSealer(key)(Buffer.from("text"));
    const open = createOpener([key]);
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open(changed)).toThrow();
    }
    expect(() => open(sealed.subarray(0, 20))).toThrow();
  });

  test("no two batches share a key and a nonce, of one process or of several", () => {
    const heads = [createSealer(key), createSealer(key)].flatMap((seal) =>
      [1, 2, 3].map(() => Buffer.from(seal(Buffer.from("x")).subarray(1, 29)).toString("hex")),
    );
    expect(new Set(heads).size).toBe(6);
  });
});

describe("the intake", () => {
  let intake: Intake | undefined;
  afterEach(() => intake?.close());

  function open(options: { room?: Room; maxSpoolBytes?: number; fails?: () => boolean } = {}) {
    const batches: Uint8Array[] = [];
    const gaps: Gap[] = [];
    const errors: string[] = [];
    let woken = 0;
    const room = options.room ?? createRoom(1_000_000);
    intake = createIntake({
      spool: {
        async append(more) {
          if (options.fails?.()) throw new Error("the disk is full");
          batches.push(...more);
        },
      },
      seal: (plain) => plain,
      room,
      clock: { now: () => 5 },
      maxSpoolBytes: options.maxSpoolBytes ?? 1_000_000,
      recordGap: async (gap) => void gaps.push(gap),
      onAppended: () => woken++,
      log: { error: (_, message) => void errors.push(message) },
      everyMs: 1,
      retryMs: 1,
    });
    const kept = () =>
      batches.flatMap((batch) => unpackRecords(Buffer.from(batch)).map(({ requestId }) => requestId));
    return { intake, gaps, errors, room, kept, batches, woken: () => woken };
  }

  test("writes what comes in order, in batches that are not too large, and wakes the drain", async () => {
    const { intake, kept, batches, woken } = open();
    const ids = Array.from({ length: 300 }, (_, at) => `q${at}`);
    for (const requestId of ids) intake.record(aRecord({ requestId }));
    await intake.close();
    expect(kept()).toEqual(ids);
    expect(batches).toHaveLength(3);
    expect(woken()).toBeGreaterThan(0);
  });

  test("keeps what cannot be written, says so once, and writes it when it can", async () => {
    let isDown = true;
    const { intake, kept, errors } = open({ fails: () => isDown });
    intake.record(aRecord({ requestId: "first" }));
    await expect.poll(() => intake.failing).toBe(true);
    intake.record(aRecord({ requestId: "second" }));
    isDown = false;
    await expect.poll(kept).toEqual(["first", "second"]);
    expect(intake.failing).toBe(false);
    expect(errors).toEqual(["memory cannot be written: records wait"]);
  });

  test("drops what finds no room, in memory or on the disk, counts it and tells of the gap", async () => {
    const room = createRoom(20);
    const { intake, gaps, kept } = open({ room });
    room.take(100);
    intake.record(aRecord({ endedAt: 7 }));
    intake.record(aRecord({ endedAt: 9 }));
    await expect.poll(() => gaps).toEqual([{ dropped: 2, since: 7, until: 9 }]);
    expect(intake.dropped).toBe(2);
    expect(kept()).toEqual([]);

    const full = open({ maxSpoolBytes: 10 });
    full.intake.spooled(10);
    full.intake.record(aRecord());
    await expect.poll(() => full.gaps).toHaveLength(1);
    full.intake.spooled(0);
    full.intake.record(aRecord({ requestId: "later" }));
    await expect.poll(full.kept).toEqual(["later"]);
  });

  test("gives the room back once a record is on the disk, or dropped", async () => {
    const room = createRoom(12);
    const { intake, kept } = open({ room });
    for (const requestId of ["one", "two"]) {
      room.take(12);
      expect(room.isFull).toBe(true);
      room.give(12);
      room.take(11);
      intake.record(aRecord({ requestId, request: Buffer.from("12345"), response: [Buffer.from("123456")] }));
      await expect.poll(kept).toContain(requestId);
      await expect.poll(() => room.isFull).toBe(false);
    }
  });
});
