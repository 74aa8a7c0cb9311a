import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { keccak256, recoverAddress } from "./ethereum.ts";

const FILE = resolve(import.meta.dirname, "../../../../../../shared/vectors/siwe/verification_positive.json");
const hasVectors = existsSync(FILE);
const vectors: [string, Record<string, string>][] = hasVectors
  ? Object.entries(JSON.parse(readFileSync(FILE, "utf8")))
  : [];

/** What real wallets signed (EIP-191), v written as 27 and as 0. */
test.runIf(hasVectors).each(vectors)("recovers the account of a published log-in: %s", async (_name, at) => {
  const text =
    `${at["domain"]} wants you to sign in with your Ethereum account:\n${at["address"]}\n\n${at["statement"]}\n\n` +
    `URI: ${at["uri"]}\nVersion: 1\nChain ID: ${at["chainId"]}\nNonce: ${at["nonce"]}\nIssued At: ${at["issuedAt"]}` +
    (at["expirationTime"] === undefined ? "" : `\nExpiration Time: ${at["expirationTime"]}`) +
    (at["notBefore"] === undefined ? "" : `\nNot Before: ${at["notBefore"]}`);
  const digest = await keccak256(Buffer.from(`\x19Ethereum Signed Message:\n${text.length}${text}`));
  const signature = Buffer.from((at["signature"] ?? "").slice(2), "hex");
  expect(await recoverAddress(digest, signature)).toBe(at["address"]);
});

test.skipIf(hasVectors)("the public vectors of EIP-4361 are not here: skipped", () => {
  expect(hasVectors).toBe(false);
});
