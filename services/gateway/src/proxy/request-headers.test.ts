import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldName } from "./header-names.ts";
import { requestHeaderWriter } from "./request-headers.ts";

const STAMPS = ["X-Attach-User", "alice"];
const GET = { method: "GET" };
const KEY = { name: "X-Api-Key", value: "sk-engine" };

describe("request headers", () => {
  it("S16: no spelling of an identity header passes, whatever is put between its words", () => {
    const write = requestHeaderWriter(null);
    const separator = fc.constantFrom(..."-_.!#$%&'*+^`|~");
    const cased = (word: string) =>
      fc
        .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
        .map((upper) => [...word].map((letter, i) => (upper[i] ? letter.toUpperCase() : letter)).join(""));
    const spelling = fc
      .tuple(
        cased("x"),
        separator,
        cased("attach"),
        separator,
        fc.constantFrom("User", "Session", "Agent", "Z9"),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(spelling, (name) => {
        expect(write([name, "bob", "X-Mine", "1"], STAMPS, GET)).toEqual(["X-Mine", "1", ...STAMPS]);
      }),
    );
  });

  it("S16: what comes out beside the stamps never folds to a name that is ours", () => {
    const write = requestHeaderWriter(KEY);
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/);
    const raw = fc.array(
      fc.tuple(fc.oneof(name, fc.constantFrom("X_Attach_User", "connection", "Te")), name),
    );
    fc.assert(
      fc.property(raw, (pairs) => {
        const out = write(pairs.flat(), [], GET);
        const names = out.filter((_part, i) => i % 2 === 0).map(foldName);
        expect(names.filter((folded) => /^(x-attach-|x-forwarded-|te$|connection$)/.test(folded))).toEqual(
          [],
        );
        expect(names.filter((folded) => folded === "x-api-key")).toHaveLength(1);
      }),
    );
  });

  it("a caller's own keys pass where we send none, and never beside ours", () => {
    const raw = ["api-key", "mine", "X_API_KEY", "mine"];
    expect(requestHeaderWriter(null)(raw, [], GET)).toEqual(raw);
    expect(requestHeaderWriter(KEY)(raw, [], GET)).toEqual(["X-Api-Key", "sk-engine"]);
    const named = requestHeaderWriter({ name: "x-goog-api-key", value: "g" });
    expect(named(["X-Goog-Api-Key", "mine"], [], GET)).toEqual(["x-goog-api-key", "g"]);
  });

  it("S22: an answer that will be read on its way is asked for as it is, whatever the caller could unpack", () => {
    const raw = ["accept-encoding", "gzip", "Accept_Encoding", "br", "A", "1"];
    const write = requestHeaderWriter(null);
    expect(write(raw, [], { method: "POST", plain: true })).toEqual([
      "A",
      "1",
      "Accept-Encoding",
      "identity",
    ]);
    expect(write(raw, [], { method: "POST" })).toEqual(raw);
  });

  it("TRACE, which echoes what it was sent, carries no credential of ours", () => {
    expect(requestHeaderWriter(KEY)(["A", "1"], STAMPS, { method: "TRACE" })).toEqual(["A", "1", ...STAMPS]);
  });

  it("S16: nominations are applied to the caller's headers in any spelling, and to no stamp", () => {
    const raw = ["Connection", "x_mine, X-Attach-User, keep-alive", "X-Mine", "1", "X-Yours", "2"];
    expect(requestHeaderWriter(null)(raw, STAMPS, GET)).toEqual(["X-Yours", "2", ...STAMPS]);
  });
});

it("sends one trace context: the caller's where calls are not traced, else ours alone", () => {
  const raw = ["traceparent", "theirs", "TraceState", "theirs", "X-Mine", "1"];
  expect(requestHeaderWriter(null)(raw, [], GET)).toEqual(raw);
  const write = requestHeaderWriter(null, { isTraced: true });
  expect(write(raw, ["traceparent", "ours"], GET)).toEqual(["X-Mine", "1", "traceparent", "ours"]);
});
