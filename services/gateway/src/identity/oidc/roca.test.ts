import { expect, test } from "vitest";
import { makeKey } from "../../../../../test/support/identity/tokens.ts";
import { hasRocaMark } from "./roca.ts";

test("a modulus that is a power of 65537 modulo every small prime has the mark of a factorable key", () => {
  expect(hasRocaMark(65537n ** 120n)).toBe(true);
  expect(hasRocaMark(65537n ** 120n + 2n)).toBe(false);
});

test("sound keys have it not", () => {
  for (let i = 0; i < 3; i++) {
    const n = Buffer.from(makeKey("k", "RS256").jwk.n ?? "", "base64url").toString("hex");
    expect(hasRocaMark(BigInt(`0x${n}`))).toBe(false);
  }
});
