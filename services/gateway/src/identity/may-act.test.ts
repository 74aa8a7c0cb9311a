import { expect, test } from "vitest";
import { readMayAct } from "./may-act.ts";

test("reads whom a token lets act, and that it names nobody", () => {
  expect(readMayAct({})).toBeNull();
  expect(readMayAct({ may_act: { sub: "a" } })).toEqual({ sub: "a", iss: null });
  expect(readMayAct({ may_act: { sub: "a", iss: "https://x" } })).toEqual({ sub: "a", iss: "https://x" });
});

test.each([
  ["no object", "a"],
  ["null", null],
  ["a list", [{ sub: "a" }]],
  ["no sub", { iss: "https://x" }],
  ["an issuer that is no identifier", { sub: "a", iss: 1 }],
  ["a member that we cannot check", { sub: "a", email: "a@x.example" }],
])("refuses %s rather than let anybody act", (_name, may_act) => {
  expect(readMayAct({ may_act })).toBeUndefined();
});
