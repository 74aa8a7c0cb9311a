import { createECDH, createHash, randomUUID } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, test } from "vitest";
import { encode } from "../../../../../test/support/did.ts";
import { parseJwt } from "../parse-jwt.ts";
import { checksumAddress, keccak256 } from "./ethereum.ts";
import { isSignedByAccount, pkhOf, readPkh } from "./pkh.ts";

const secret = Buffer.alloc(32, 7);
const ecdh = createECDH("secp256k1");
ecdh.setPrivateKey(secret);
const hash = await keccak256(ecdh.getPublicKey().subarray(1));
const address = (await checksumAddress(`0x${Buffer.from(hash.subarray(-20)).toString("hex")}`)) ?? "";
const account = { chainId: 1, address, did: pkhOf(1, address) };
const N = secp256k1.Point.Fn.ORDER;

function sign(bend: (signature: Buffer) => Buffer = (signature) => signature, alg = "ES256K-R") {
  const did = account.did;
  const claims = { iss: did, sub: did, aud: "x", jti: randomUUID() };
  const input = `${encode({ alg, kid: `${did}#blockchainAccountId` })}.${encode(claims)}`;
  const digest = createHash("sha256").update(input).digest();
  const [v, ...rs] = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
  const token = `${input}.${bend(Buffer.from([...rs, v ?? 0])).toString("base64url")}`;
  const jwt = parseJwt(token);
  if (!jwt.ok) throw new Error(jwt.reason);
  return isSignedByAccount(jwt.value, account);
}

describe("an account", () => {
  // EIP-55's own examples.
  test.each([
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
  ])("is one owner, however its address is spelled: %s", async (text) => {
    expect(await readPkh(`did:pkh:eip155:1:${text}`)).toMatchObject({ address: text });
    expect(await readPkh(`did:pkh:eip155:1:${text.toLowerCase()}`)).toMatchObject({
      did: `did:pkh:eip155:1:${text}`,
    });
    const bent = text.replace(/[a-f]/, (digit) => digit.toUpperCase());
    expect(await readPkh(`did:pkh:eip155:1:${bent}`)).toBeUndefined();
  });

  test.each([
    "did:pkh:eip155:01:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "did:pkh:eip155:0:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "did:pkh:eip155:-1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "did:pkh:eip155:9999999999999999:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "did:pkh:eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
    "did:pkh:eip155:1:5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "did:pkh:eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/x",
    "did:pkh:bip122:000000000019d6689c085ae165831e93:128Lkh3S7CkDTBZ8W7BbpsN3YYizJMp8p6",
    "did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev",
  ])("is refused: %s", async (did) => {
    expect(await readPkh(did)).toBeUndefined();
  });
});

describe("ES256K-R", () => {
  test("recovers who signed, by either spelling of v", async () => {
    expect(await sign()).toBe(true);
    expect(await sign((s) => Buffer.concat([s.subarray(0, 64), Buffer.from([(s[64] ?? 0) + 27])]))).toBe(
      true,
    );
  });

  test.each<[string, (signature: Buffer) => Buffer]>([
    ["no v: there would be two answers", (s) => s.subarray(0, 64)],
    ["the other v", (s) => Buffer.concat([s.subarray(0, 64), Buffer.from([1 - (s[64] ?? 0)])])],
    ["v of 2", (s) => Buffer.concat([s.subarray(0, 64), Buffer.from([2])])],
    ["v of 29", (s) => Buffer.concat([s.subarray(0, 64), Buffer.from([29])])],
    ["a byte behind v", (s) => Buffer.concat([s, Buffer.from([0])])],
    ["r of zero", (s) => Buffer.concat([Buffer.alloc(32), s.subarray(32)])],
    ["s of zero", (s) => Buffer.concat([s.subarray(0, 32), Buffer.alloc(32), s.subarray(64)])],
    ["r beyond the order", (s) => Buffer.concat([Buffer.alloc(32, 0xff), s.subarray(32)])],
    [
      "a high s: the same signature, spelled again",
      (s) => {
        const high = N - BigInt(`0x${s.subarray(32, 64).toString("hex")}`);
        const bytes = Buffer.from(high.toString(16).padStart(64, "0"), "hex");
        return Buffer.concat([s.subarray(0, 32), bytes, Buffer.from([1 - (s[64] ?? 0)])]);
      },
    ],
  ])("refuses %s", async (_name, bend) => {
    expect(await sign(bend)).toBe(false);
  });

  test("is the only algorithm of an account", async () => {
    expect(await sign(undefined, "ES256K")).toBe(false);
  });
});
