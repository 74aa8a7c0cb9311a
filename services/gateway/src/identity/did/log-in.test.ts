import { describe, expect, test } from "vitest";
import { didClaims, makeDidKey, signDid } from "../../../../../test/support/did.ts";
import { silentLog } from "../log.ts";
import { createDidLogIn, type DidOptions } from "./log-in.ts";

const AUDIENCE = "https://gateway.test";
const NOW = 1_800_000_000_000;
const key = makeDidKey();

function logIn(options: Partial<DidOptions> = {}) {
  const rules = { methods: ["key" as const, "pkh" as const], allow: ["*"], compat: false };
  return createDidLogIn(
    { ...rules, consumeOnce: async () => true, ...options },
    {
      clock: { now: () => NOW },
      audience: AUDIENCE,
      userScopes: ["llm:read", "memory:read"],
      admins: new Set(),
      outbound: { send: async () => ({ ok: false, reason: "not asked" }) },
      log: silentLog,
    },
  );
}

async function verify(token: string, options: Partial<DidOptions> = {}) {
  const did = logIn(options);
  const jwt = did.parse(token);
  if (!jwt.ok) return jwt.reason;
  const verified = await did.verify(jwt.value);
  if (!verified.ok) return verified.reason;
  const used = await did.useUp(verified.value);
  return used.ok ? used.value : used.reason;
}

const token = (claims: object = {}, header: object = {}, signer = key) => {
  const whole = { ...didClaims(signer.did, AUDIENCE, NOW), ...claims };
  return signDid(
    signer,
    Object.fromEntries(Object.entries(whole).filter(([, v]) => v !== undefined)),
    header,
  );
};
const seconds = NOW / 1000;

describe("I04: a DID token", () => {
  test.each(["Ed25519", "P-256", "secp256k1"] as const)(
    "of %s is who it says, and nobody's agent",
    async (curve) => {
      const signer = makeDidKey(curve);
      expect(await verify(token({}, {}, signer))).toMatchObject({
        kind: "user",
        owner: { iss: signer.did, sub: signer.did, tenant: null },
        scopes: new Set(["llm:read", "memory:read"]),
      });
    },
  );

  test("S05: is held to the scopes that it names, and never widened", async () => {
    expect(await verify(token({ scope: "llm:read admin" }))).toMatchObject({ scopes: new Set(["llm:read"]) });
  });

  test.each([
    ["another subject", { sub: makeDidKey().did }, "bad_identifier"],
    ["another audience", { aud: "https://other.test" }, "wrong_audience"],
    ["our audience with a slash", { aud: `${AUDIENCE}/` }, "wrong_audience"],
    ["two audiences", { aud: [AUDIENCE, "https://other.test"] }, "wrong_audience"],
    ["no audience", { aud: undefined }, "missing_claim"],
    ["no expiry", { exp: undefined }, "missing_claim"],
    ["no issue time", { iat: undefined }, "missing_claim"],
    ["no id", { jti: undefined }, "missing_claim"],
    ["an id that is no identifier", { jti: "a b" }, "bad_identifier"],
    ["six minutes to live", { exp: seconds + 360 }, "too_long_lived"],
    ["its end before its beginning", { iat: seconds + 20, exp: seconds + 10 }, "too_long_lived"],
    ["an expiry that has passed", { iat: seconds - 120, exp: seconds - 60 }, "expired"],
    ["an issue time ahead of us", { iat: seconds + 60, exp: seconds + 120 }, "not_yet_valid"],
    ["milliseconds for seconds", { exp: NOW }, "malformed"],
    ["the nonce of a log-in elsewhere", { nonce: "n" }, "id_token"],
    ["a binding that we cannot check", { cnf: { jwk: {} } }, "sender_constrained"],
    ["a scope that is no text", { scope: 1 }, "malformed"],
  ])("is refused with %s", async (_name, claims, reason) => {
    expect(await verify(token(claims))).toBe(reason);
  });

  const other = makeDidKey();
  test.each([
    ["no kid", { kid: undefined }, "unknown_key"],
    ["another DID's kid", { kid: other.kid }, "unknown_key"],
    ["another fragment", { kid: `${key.did}#key-1` }, "unknown_key"],
    ["the bare DID as kid", { kid: key.did }, "unknown_key"],
    ["an algorithm of another codec", { alg: "ES256" }, "unsupported_algorithm"],
    ["no algorithm", { alg: "none" }, "unsupported_algorithm"],
    ["HMAC", { alg: "HS256" }, "unsupported_algorithm"],
    ["a key of its own", { jwk: {} }, "unsupported_header"],
    ["crit", { crit: ["exp"] }, "unsupported_header"],
    ["the type of an access token", { typ: "at+jwt" }, "wrong_type"],
    ["the type of a DPoP proof", { typ: "dpop+jwt" }, "wrong_type"],
  ])("is refused with %s in its header", async (_name, header, reason) => {
    expect(await verify(token({}, header))).toBe(reason);
  });

  test("is refused when another key signed it", async () => {
    const forged = signDid({ ...key, privateKey: other.privateKey }, didClaims(key.did, AUDIENCE, NOW));
    expect(await verify(forged)).toBe("bad_signature");
  });

  test("is refused with every bit of its signature turned, or its length changed", async () => {
    const good = token();
    const dot = good.lastIndexOf(".");
    const signature = Buffer.from(good.slice(dot + 1), "base64url");
    for (let bit = 0; bit < 512; bit += 37) {
      const bent = Buffer.from(signature);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verify(`${good.slice(0, dot)}.${bent.toString("base64url")}`)).toBe("bad_signature");
    }
    for (const length of [32, 63, 65])
      expect(
        await verify(`${good.slice(0, dot)}.${Buffer.alloc(length, signature).toString("base64url")}`),
      ).toBe("bad_signature");
  });

  test("counts once, and not at all where that cannot be recorded", async () => {
    expect(await verify(token(), { consumeOnce: async () => false })).toBe("used_before");
    const broken = async () => {
      throw new Error("disk");
    };
    expect(await verify(token(), { consumeOnce: broken })).toBe("uses_unrecorded");
  });

  test("uses nothing up unless it is genuine", async () => {
    const uses: unknown[] = [];
    const consumeOnce = async (use: unknown) => uses.push(use) > 0;
    await verify(token({ aud: "https://other.test" }), { consumeOnce });
    await verify(signDid({ ...key, privateKey: other.privateKey }, didClaims(key.did, AUDIENCE, NOW)), {
      consumeOnce,
    });
    expect(uses).toEqual([]);
  });
});

describe("DID_METHODS and DID_ALLOW", () => {
  test.each([
    [["*"], true],
    [[key.did], true],
    [["did:key:*"], true],
    [[`${key.did.slice(0, -1)}`], false],
    [["did:pkh:*"], false],
    [[makeDidKey().did], false],
  ])("%o decide who may log in", async (allow, admitted) => {
    const judged = await verify(token(), { allow });
    expect(judged === "unknown_issuer").toBe(!admitted);
  });

  test("a method that is off lets nobody in", async () => {
    expect(await verify(token(), { methods: ["pkh"] })).toBe("unknown_issuer");
    const claims = { iss: "did:example:a", sub: "did:example:a" };
    expect(await verify(token(claims))).toBe("unknown_issuer");
  });
});

describe("the historical form", () => {
  const compat = { compat: true };

  test.each(["Ed25519", "P-256", "secp256k1"] as const)(
    "of %s is read with and without its dot",
    async (curve) => {
      const signer = makeDidKey(curve);
      for (const between of [".", ""]) {
        const judged = await verify(`${signer.did}${between}${token({}, {}, signer)}`, compat);
        expect(judged).toMatchObject({ owner: { iss: signer.did } });
      }
    },
  );

  test("is refused unless it is asked for", async () => {
    expect(await verify(`${key.did}.${token()}`)).toBe("malformed");
  });

  const stranger = makeDidKey();
  test.each([
    ["a bare DID", key.did],
    ["a DID and a dot", `${key.did}.`],
    ["a prefix that is not who signed", `${stranger.did}.${token()}`],
    ["the same without its dot", `${stranger.did}${token()}`],
    ["two prefixes", `${key.did}.${key.did}.${token()}`],
    ["a signature where the header belongs", `${key.did}.sig.${token().split(".").slice(1).join(".")}`],
    ["a DID and nothing signed", `${key.did}.a.b`],
  ])("is refused: %s", async (_name, text) => {
    expect(await verify(text, compat)).toBe("malformed");
  });

  test("verifies like any other", async () => {
    const forged = signDid({ ...key, privateKey: stranger.privateKey }, didClaims(key.did, AUDIENCE, NOW));
    expect(await verify(`${key.did}.${forged}`, compat)).toBe("bad_signature");
    expect(await verify(`${key.did}.${token({ sub: stranger.did })}`, compat)).toBe("bad_identifier");
    expect(await verify(`${key.did}.${token({}, { kid: stranger.kid })}`, compat)).toBe("unknown_key");
  });
});
