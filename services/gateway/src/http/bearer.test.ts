import { expect, test } from "vitest";
import { readBearer } from "./bearer.ts";

test("reads the token whatever the case of name and scheme", () => {
  expect(readBearer(["Host", "x", "AUTHORIZATION", "bEaReR a.b.c"])).toEqual({ ok: true, value: "a.b.c" });
});

test("S15: refuses two Authorization headers, even equal ones", () => {
  const twice = ["Authorization", "Bearer a.b.c", "authorization", "Bearer a.b.c"];
  expect(readBearer(twice)).toEqual({ ok: false, reason: "repeated" });
});

test.each([
  ["absent", ["Host", "x"]],
  ["unsupported_scheme", ["Authorization", "Basic YTpi"]],
  ["unsupported_scheme", ["Authorization", "Bearer"]],
  ["unsupported_scheme", ["Authorization", ""]],
  ["malformed", ["Authorization", "Bearer "]],
])("says %s", (reason, headers) => {
  expect(readBearer(headers)).toEqual({ ok: false, reason });
});
