import { expect, test } from "vitest";
import { readBinding } from "./binding.ts";

/** RFC 9449 §6.1, figure 10. */
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

test("reads the thumbprint of a bound token, and null where there is no binding", () => {
  expect(readBinding({ cnf: { jkt: JKT } })).toBe(JKT);
  expect(readBinding({})).toBeNull();
});

test.each([
  ["null", null],
  ["nothing in it", {}],
  ["a list", [{ jkt: JKT }]],
  ["a certificate (RFC 8705)", { "x5t#S256": JKT }],
  ["two methods at once", { jkt: JKT, "x5t#S256": JKT }],
  ["a key by value", { jwk: { kty: "EC" } }],
  ["a thumbprint that is no string", { jkt: 1 }],
  ["a thumbprint that is too short", { jkt: JKT.slice(0, -2) }],
  ["a thumbprint in another spelling", { jkt: `${JKT}=` }],
  ["a thumbprint with bits left over", { jkt: `${JKT.slice(0, -1)}J` }],
])("S03: a binding that cannot be checked (%s) is never taken for none", (_name, cnf) => {
  expect(readBinding({ cnf })).toBeUndefined();
});
