import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checksumAddress } from "./ethereum.ts";
import { createWalletLogin } from "./siwe.ts";
import { parseSiweMessage } from "./siwe-message.ts";
import { createSiweNonces } from "./siwe-nonces.ts";

const VECTORS = resolve(import.meta.dirname, "../../../../../../shared/vectors/siwe");
const hasVectors = existsSync(VECTORS);
const vectors = <T>(file: string): [string, T][] =>
  hasVectors ? Object.entries(JSON.parse(readFileSync(resolve(VECTORS, `${file}.json`), "utf8"))) : [];

interface Positive {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

describe.runIf(hasVectors)("the public vectors of EIP-4361", () => {
  test.each(vectors<Positive>("parsing_positive"))("reads: %s", (_name, { message, fields }) => {
    const read = parseSiweMessage(message);
    expect(read).toMatchObject({
      domain: fields["domain"],
      address: fields["address"],
      uri: fields["uri"],
      nonce: fields["nonce"],
      chainId: String(fields["chainId"]),
      issuedAt: Date.parse(String(fields["issuedAt"])),
    });
    expect(read?.statement ?? null).toBe(fields["statement"] ?? null);
    expect(read?.scheme ?? null).toBe(fields["scheme"] ?? null);
  });

  test.each(vectors<string>("parsing_negative"))("refuses: %s", async (_name, message) => {
    const read = parseSiweMessage(message);
    expect(read !== undefined && (await checksumAddress(read.address)) === read.address).toBe(false);
  });
});

test.skipIf(hasVectors)("the public vectors of EIP-4361 are not here: skipped", () => {
  expect(hasVectors).toBe(false);
});

const MESSAGE = `gateway.test wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

URI: https://gateway.test
Version: 1
Chain ID: 1
Nonce: 32891757
Issued At: 2021-09-30T16:25:24.000Z`;

describe("a log-in message", () => {
  test("is read to its last letter", () => {
    expect(parseSiweMessage(MESSAGE)).toMatchObject({ domain: "gateway.test", nonce: "32891757" });
    const changes: [string | RegExp, string][] = [
      [/$/, "\n"],
      [/^/, "\n"],
      [/^/, " "],
      ["\n\nURI", "\nURI"],
      [/\n/g, "\r\n"],
      ["Version: 1", "Version: 2"],
      ["Nonce: 32891757", "Nonce: 3289175"],
      ["Nonce: 32891757", "Nonce: 3289-1757"],
      ["Chain ID: 1", "Chain ID: one"],
      ["2021-09-30", "2021-09-31"],
      ["2021-09-30", "2021-13-01"],
      ["16:25:24", "25:25:24"],
      ["https://gateway.test", "gateway.test"],
      ["gateway.test wants", "gateway.test  wants"],
      ["Issued At", "Nonce: 11111111\nIssued At"],
      [/$/, "\nRequest ID: a\nNot Before: 2021-09-30T16:25:24.000Z"],
    ];
    for (const [from, to] of changes)
      expect(parseSiweMessage(MESSAGE.replace(from, to)), String(to)).toBeUndefined();
  });

  test("a longer one than anybody writes is not read, and no text takes long or throws", () => {
    expect(parseSiweMessage(`${MESSAGE}\nResources:${"\n- https://a.test".repeat(400)}`)).toBeUndefined();
    const pieces = fc.constantFrom(...MESSAGE.split("\n"), "\n", "", "Resources:", "- a:b", "\u0000", "é");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join("\n");
        const read = parseSiweMessage(text);
        expect(read === undefined || text.includes(read.address)).toBe(true);
      }),
    );
  });
});

interface Signed {
  readonly domain: string;
  readonly address: string;
  readonly statement: string;
  readonly uri: string;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly chainId: number;
  readonly signature: string;
  readonly expirationTime?: string;
  readonly notBefore?: string;
}

const written = (at: Signed) =>
  `${at.domain} wants you to sign in with your Ethereum account:\n${at.address}\n\n${at.statement}\n\n` +
  `URI: ${at.uri}\nVersion: 1\nChain ID: ${at.chainId}\nNonce: ${at.nonce}\nIssued At: ${at.issuedAt}` +
  (at.expirationTime === undefined ? "" : `\nExpiration Time: ${at.expirationTime}`) +
  (at.notBefore === undefined ? "" : `\nNot Before: ${at.notBefore}`);

/** The vectors' nonces are not ours: a message that gets as far as its nonce has a good form and site; none may get past it. */
test
  .runIf(hasVectors)
  .each([...vectors<Signed>("verification_positive"), ...vectors<Signed>("verification_negative")])(
  "nobody logs in by a published message: %s",
  async (_name, vector) => {
    const wallets = createWalletLogin(
      {
        did: { methods: ["pkh"], allow: ["*"] },
        dpop: { origins: [new URL(vector.uri).origin, `https://${vector.domain}`] },
        scopes: { user: ["llm:read"], admins: [] },
      },
      { clock: { now: () => Date.parse("2022-06-30T15:00:00Z") }, nonceKey: Buffer.alloc(32, 1) },
    );
    expect(await wallets?.verify(written(vector), vector.signature)).toMatchObject({ ok: false });
  },
);

test("nonces are ours alone, each another, and end", () => {
  const now = 1_800_000_000_000;
  const nonces = createSiweNonces(Buffer.alloc(32, 1));
  const nonce = nonces.make(now);
  expect(nonce).toMatch(/^[0-9a-f]{76}$/);
  expect(nonces.make(now)).not.toBe(nonce);
  expect(nonces.read(nonce, now)).toBe(now + 300_000);
  expect(nonces.read(nonce, now + 300_000)).toBeUndefined();
  expect(nonces.read(nonce, now - 60_000)).toBeUndefined();
  expect(createSiweNonces(Buffer.alloc(32, 2)).read(nonce, now)).toBeUndefined();
  expect(nonces.read(nonce.toUpperCase(), now)).toBeUndefined();
});
