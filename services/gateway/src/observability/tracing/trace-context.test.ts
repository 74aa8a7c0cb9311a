import { expect, test } from "vitest";
import { readTraceParent, writeTraceParent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("continues a caller's trace, and its state", () => {
  const read = readTraceParent({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "vendor=a,other=b" });
  expect(read).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1, state: "vendor=a,other=b" });
  expect(readTraceParent({ traceparent: `01-${TRACE}-${SPAN}-00-more` })?.traceId).toBe(TRACE);
  expect(writeTraceParent({ traceId: TRACE, spanId: SPAN, traceFlags: 1 }, "a=b")).toEqual([
    "traceparent",
    `00-${TRACE}-${SPAN}-01`,
    "tracestate",
    "a=b",
  ]);
});

test.each([
  undefined,
  "",
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-0x`,
])("begins a new one for %j", (traceparent) => {
  expect(readTraceParent({ traceparent, tracestate: "a=b" })).toBeUndefined();
});

test("drops a state that no header may hold", () => {
  const traceparent = `00-${TRACE}-${SPAN}-01`;
  for (const tracestate of ["a=b\r\nX: y", "a".repeat(513), ["a=b"]])
    expect(readTraceParent({ traceparent, tracestate })?.state).toBe("");
});
