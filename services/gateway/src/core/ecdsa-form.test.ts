import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fromDer, toDer } from "./ecdsa-form.ts";

const CURVES = [
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
] as const;

describe("the two forms of an ECDSA signature", () => {
  test.each(CURVES)("of %s are made of each other, as Node itself would", (namedCurve, size) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    // Enough of them that numbers with a zero in front, and with their highest bit set, are among them.
    for (let count = 0; count < 300; count++) {
      const data = Buffer.from(`message ${count}`);
      const raw = fromDer(sign("sha256", data, privateKey), size);
      expect(raw).toHaveLength(2 * size);
      expect(verify("sha256", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, raw)).toBe(true);
      expect(verify("sha256", data, publicKey, toDer(raw))).toBe(true);
      expect(fromDer(toDer(raw), size)).toEqual(raw);
    }
  });

  test("survives numbers of nothing but zeros, which no verifier takes", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const nothing = Buffer.alloc(64);
    expect(toDer(nothing)).toEqual(Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0]));
    expect(fromDer(toDer(nothing), 32)).toEqual(nothing);
    expect(verify("sha256", Buffer.from("x"), publicKey, toDer(nothing))).toBe(false);
  });

  test("writes a length of two bytes where one is too short", () => {
    const largest = Buffer.alloc(132, 0xff);
    expect([...toDer(largest).subarray(0, 3)]).toEqual([0x30, 0x81, 2 * (2 + 1 + 66)]);
    expect(fromDer(toDer(largest), 66)).toEqual(largest);
  });
});
