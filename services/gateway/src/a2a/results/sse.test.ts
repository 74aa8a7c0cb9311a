import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSseReader, SseOverflow } from "./sse.ts";

const STREAM = ': hello\n\ndata: {"a":1}\n\nevent: x\r\ndata: one\r\ndata: two\r\n\r\ndata: last\r\r';

const readAll = (pieces: readonly Buffer[]) => {
  const read = createSseReader(1024);
  return pieces.flatMap((piece) => read(piece));
};

describe("a stream of events", () => {
  test("is cut at its empty lines, whichever way lines end", () => {
    const events = readAll([Buffer.from(STREAM), Buffer.from("\n")]);
    expect(events.map(({ data }) => data)).toEqual([null, '{"a":1}', "one\ntwo", "last"]);
  });

  test("is the same bytes, however it comes in pieces", () => {
    const whole = Buffer.from(`${STREAM}\n`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 20 }), (cuts) => {
        const sorted = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = sorted.slice(1).map((end, index) => whole.subarray(sorted[index], end));
        const events = readAll(pieces);
        const passed = Buffer.concat(events.map(({ bytes }) => bytes));
        expect(whole.subarray(0, passed.length).equals(passed)).toBe(true);
        expect(events.map(({ data }) => data).slice(0, 3)).toEqual([null, '{"a":1}', "one\ntwo"]);
      }),
    );
  });

  test("holds back no more than it may", () => {
    const read = createSseReader(100);
    read(Buffer.from(`data: ${"x".repeat(50)}`));
    expect(() => read(Buffer.from("x".repeat(60)))).toThrow(SseOverflow);
  });
});
