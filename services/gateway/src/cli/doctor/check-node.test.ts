import { expect, test } from "vitest";
import { checkNode } from "./check-node.ts";

test.each([
  ["22.19.0", "ok"],
  ["24.0.0", "ok"],
  ["22.18.9", "fail"],
  ["20.19.0", "fail"],
])("judges Node %s by what the package asks for: %s", (version, status) => {
  expect(checkNode(version)).toMatchObject({ name: "node", status });
});
