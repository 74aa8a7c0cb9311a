import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plantedSecrets } from "../../../../../test/support/memory/secrets.ts";
import { findByLibrary } from "./library.ts";
import { redactTexts } from "./redact.ts";

const SECRETS = plantedSecrets();
const redact = async (text: string) => (await redactTexts([text]))[0] ?? "";

describe("S22: secrets are taken out", () => {
  test("forty forms at least are planted", () => {
    expect(new Set(SECRETS.map(({ name }) => name)).size).toBe(SECRETS.length);
    expect(SECRETS.length).toBeGreaterThanOrEqual(40);
  });

  test.each(SECRETS)("$name", async ({ written, secret }) => {
    for (const text of [
      written,
      `Please use ${written} for it, thanks.`,
      `\`\`\`\n${written}\n\`\`\``,
      JSON.stringify({ note: written }),
    ]) {
      const clean = await redact(text);
      expect(clean).toContain("[redacted:");
      for (const part of [secret].flat()) expect(clean).not.toContain(part);
    }
  });

  test("all of them in one text, and the words around them stay", async () => {
    const clean = await redact(SECRETS.map(({ written }, at) => `word${at} ${written} .\n`).join(""));
    for (const { secret } of SECRETS) for (const part of [secret].flat()) expect(clean).not.toContain(part);
    for (const at of SECRETS.keys()) expect(clean).toContain(`word${at} `);
  });

  test("one text's secret is another's neighbour: each keeps its own words", async () => {
    const [first] = SECRETS;
    const texts = [
      "plain words",
      first?.written ?? "",
      "-----BEGIN PRIVATE KEY-----",
      "more plain words",
      "",
    ];
    const clean = await redactTexts(texts);
    expect([clean[0], clean[3], clean[4]]).toEqual(["plain words", "more plain words", ""]);
    expect(clean[1]).not.toContain(first?.secret);
  });

  test("a word of somebody's cannot switch the library off", async () => {
    const token = `${"xox"}b-123456789012-1234567890123-abcdefghijklmnopqrstuvwx`;
    const text = `// secretlint-disable\n/* secretlint-disable */ # secretlint-disable-line ${token}\n${token}`;
    expect(await findByLibrary(text)).not.toEqual([]);
    expect((await redactTexts(["secretlint-disable", token]))[1]).not.toContain(token);
  });
});

describe("what is no secret stays", () => {
  test.each([
    "Which of these two sorting algorithms would you choose for a nearly sorted list?",
    "commit 57b7124d0f3c8d4d3fbe5d1d3a1a9a0b8c7d6e5f and id 018f3b2a-7c1d-7e2f-8a3b-4c5d6e7f8a9b",
    "The password is wrong, the token was expired, and a bearer must show it.",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "see https://example.com/path/to?page=2&sort=asc and mail bob@example.com",
    "a token economy, basic training, cookie monsters, secrets of the trade",
    "привет, 你好, مرحبا 🙂",
  ])("%s", async (text) => {
    expect(await redact(text)).toBe(text);
  });
});

test("redacting again changes nothing", async () => {
  const clean = await redact(SECRETS.map(({ written }) => written).join("\n"));
  expect(await redact(clean)).toBe(clean);
});

test("takes time in proportion to the text, whatever it is made of", async () => {
  const pieces = [
    "eyJ",
    "-",
    ".",
    "sk-",
    "xai-",
    "Bearer ",
    "aws",
    "key=",
    "a",
    "1",
    "_",
    "://",
    ":",
    "@",
    "password",
    " ",
    "-----BEGIN ",
  ];
  for (const one of pieces) {
    for (const other of pieces) {
      const text = (one + other).repeat(Math.ceil(20_000 / (one + other).length));
      const began = performance.now();
      await redactTexts([text]);
      expect(performance.now() - began, `${one}${other}`).toBeLessThan(1_500);
    }
  }
}, 60_000);

test("no text makes it fail, or lose another one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }), async (texts) => {
      expect(await redactTexts(texts)).toHaveLength(texts.length);
    }),
    { numRuns: 50 },
  );
});
