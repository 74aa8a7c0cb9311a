import fc from "fast-check";
import { expect, test } from "vitest";
import { encode, makeKey, signToken } from "../../../../test/support/identity/tokens.ts";
import { createHmacSignatures } from "./hmac.ts";
import { parseJwt } from "./parse-jwt.ts";
import { isSignedBy } from "./verify-signature.ts";

/** The nightly profile asks for at least 100,000 (`ATTACH_FUZZ_RUNS`); every other run tries a few. */
const RUNS = Number(process.env["ATTACH_FUZZ_RUNS"] || 300);
const PATIENCE_MS = 20_000 + RUNS * 20;

const key = makeKey("k1");
const publicKey = { publicKey: key.publicKey, algorithms: new Set(["ES256"]) };
const hmac = createHmacSignatures("a secret of 32 bytes, or of more");
const GENUINE = signToken(key, { iss: "https://idp.test", sub: "alice", aud: "attach", exp: 2_000_000_000 });

/** What a caller can send: nonsense, three parts of something, and the genuine token with a wound. */
const name = fc.constantFrom("alg", "kid", "typ", "crit", "b64", "jwk", "zip", "iss", "sub", "__proto__");
const value = fc.oneof(
  fc.constantFrom("none", "NONE", "HS256", "ES256", "RS256", "JWT", "at+jwt"),
  fc.jsonValue(),
);
const part = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.dictionary(name, value).map((members) => encode(JSON.stringify(members))),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
);
const wounded = fc
  .record({
    at: fc.nat(GENUINE.length),
    cut: fc.nat(4),
    put: fc.oneof(fc.string({ maxLength: 4 }), fc.string({ unit: "binary", maxLength: 4 })),
  })
  .map(({ at, cut, put }) => GENUINE.slice(0, at) + put + GENUINE.slice(at + cut));
const token = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
    wounded,
  )
  .filter((text) => text !== GENUINE);

test(
  `of ${RUNS} hostile texts the token parser falls over none, and no verifier accepts one`,
  async () => {
    const genuine = parseJwt(GENUINE);
    expect(genuine.ok && (await isSignedBy(genuine.value, publicKey))).toBe(true);
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const parsed = parseJwt(text);
        if (!parsed.ok) return;
        expect(parsed.value.token).toBe(text);
        expect(await isSignedBy(parsed.value, publicKey)).toBe(false);
        expect((await hmac.check(parsed.value)).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  },
  PATIENCE_MS,
);
