import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeDidKey, multibase } from "../../../../../test/support/did.ts";
import { readMultikey } from "./key.ts";

const VECTORS = resolve(import.meta.dirname, "../../../../../../shared/vectors/did-key");
const hasVectors = existsSync(VECTORS);
const dids = (file: string): string[] =>
  hasVectors ? Object.keys(JSON.parse(readFileSync(resolve(VECTORS, `${file}.json`), "utf8"))) : [];
const read = (did: string) => readMultikey(did.slice("did:key:".length));
const bytesOf = (prefix: number[], hex: string) =>
  Buffer.concat([Buffer.from(prefix), Buffer.from(hex, "hex")]);

describe.runIf(hasVectors)("the public did:key vectors", () => {
  test.each([...dids("ed25519-x25519"), ...dids("secp256k1")])("reads %s", async (did) => {
    expect(await read(did)).toBeDefined();
  });

  test.each(dids("nist-curves"))("reads P-256 and refuses the other curves: %s", async (did) => {
    expect((await read(did)) !== undefined).toBe(did.startsWith("did:key:zDn"));
  });
});

test.skipIf(hasVectors)("the public did:key vectors are not here: skipped", () => {
  expect(hasVectors).toBe(false);
});

describe("a did:key", () => {
  test.each([
    ["Ed25519", ["EdDSA", "Ed25519"]],
    ["P-256", ["ES256"]],
    ["secp256k1", ["ES256K"]],
  ] as const)("of %s is pinned to its own algorithms", async (curve, algorithms) => {
    const key = await read(makeDidKey(curve).did);
    expect([...(key?.algorithms ?? [])]).toEqual(algorithms);
  });

  const zeros = "00".repeat(32);
  test.each([
    ["a small-order point, whose signatures anybody can make (1)", [0xed, 0x01], `01${"00".repeat(31)}`],
    ["a small-order point, whose signatures anybody can make (2)", [0xed, 0x01], zeros],
    ["a point that is on no curve", [0xed, 0x01], `02${"00".repeat(31)}`],
    ["y beyond the field: a second spelling", [0xed, 0x01], `ee${"ff".repeat(30)}7f`],
    ["a P-256 point off the curve", [0x80, 0x24], `02${"00".repeat(31)}01`],
    ["an uncompressed tag", [0xe7, 0x01], `04${"11".repeat(32)}`],
    ["the point at infinity", [0xe7, 0x01], "00".repeat(33)],
    ["secp256k1 x = 5, which has no point", [0xe7, 0x01], `02${"00".repeat(31)}05`],
    ["a varint that is not minimal", [0xed, 0x81, 0x00], "11".repeat(32)],
    ["X25519, which signs nothing", [0xec, 0x01], "11".repeat(32)],
    ["a byte too many", [0xed, 0x01], "11".repeat(33)],
    ["a byte too few", [0xed, 0x01], "11".repeat(31)],
  ])("is refused: %s", async (_name, prefix, hex) => {
    expect(await readMultikey(multibase(bytesOf(prefix, hex)))).toBeUndefined();
  });

  test("has one spelling: no leading 1, no other base, nothing around it", async () => {
    const text = makeDidKey().did.slice(8);
    for (const other of [
      `z1${text.slice(1)}`,
      `Z${text.slice(1)}`,
      ` ${text}`,
      `${text}\n`,
      text.slice(1),
      `m${text}`,
    ])
      expect(await readMultikey(other)).toBeUndefined();
  });

  test("survives anything, and takes nothing but keys", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.base64String(), fc.uint8Array({ maxLength: 40 })),
        async (junk) => {
          const text = typeof junk === "string" ? `z${junk}` : multibase(junk);
          const key = await readMultikey(text);
          expect(key === undefined || /^z(6Mk|Dn|Q3s)/.test(text)).toBe(true);
        },
      ),
    );
  });
});
