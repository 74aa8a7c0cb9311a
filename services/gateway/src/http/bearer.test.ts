import { expect, test } from "vitest";
import { readCredentials } from "./bearer.ts";

test("reads the token whatever the case of name and scheme", () => {
  expect(readCredentials(["Host", "x", "AUTHORIZATION", "bEaReR a.b.c"])).toEqual({
    ok: true,
    value: { scheme: "Bearer", token: "a.b.c" },
  });
  expect(readCredentials(["Host", "x", "authorization", "dpop  a.b.c"])).toEqual({
    ok: true,
    value: { scheme: "DPoP", token: "a.b.c" },
  });
});

test("S15: refuses two Authorization headers, even equal ones", () => {
  for (const second of ["Bearer a.b.c", "DPoP a.b.c"]) {
    const twice = ["Authorization", "Bearer a.b.c", "authorization", second];
    expect(readCredentials(twice)).toEqual({ ok: false, reason: "repeated" });
  }
});

test.each([
  ["absent", ["Host", "x"]],
  ["unsupported_scheme", ["Authorization", "Basic YTpi"]],
  ["unsupported_scheme", ["Authorization", "Bearer"]],
  ["unsupported_scheme", ["Authorization", ""]],
  ["unsupported_scheme", ["Authorization", "DPoP"]],
  ["unsupported_scheme", ["Authorization", "DPoPs a.b.c"]],
  ["malformed", ["Authorization", "Bearer "]],
])("says %s", (reason, headers) => {
  expect(readCredentials(headers)).toEqual({ ok: false, reason });
});
