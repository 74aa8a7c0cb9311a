import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

test("is RFC 8785's own example", () => {
  const sample = {
    // biome-ignore lint/correctness/noPrecisionLoss: the RFC's own number
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  };
  expect(canonicalJson(sample)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("sorts by UTF-16 units, and leaves out what JSON does", () => {
  expect(canonicalJson({ b: 1, a: undefined, "\ufb33": 2, "\ud83d\ude00": 3, A: 4 })).toBe(
    '{"A":4,"b":1,"\ud83d\ude00":3,"\ufb33":2}',
  );
});
