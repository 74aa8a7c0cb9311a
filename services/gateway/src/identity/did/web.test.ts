import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { didClaims, makeDidKey, signDid } from "../../../../../test/support/did.ts";
import { silentLog } from "../log.ts";
import { createDidLogIn } from "./log-in.ts";
import { webAddress } from "./web-document.ts";

const DID = "did:web:example.com";
const AUDIENCE = "https://gateway.test";
const key = makeDidKey();
const multibase = key.did.slice(8);
const method = (changes: object = {}) => ({
  id: `${DID}#k`,
  type: "Multikey",
  controller: DID,
  publicKeyMultibase: multibase,
  ...changes,
});
const document = (changes: object = {}) => ({
  id: DID,
  verificationMethod: [method()],
  authentication: ["#k"],
  ...changes,
});

/** A host that answers with `body`, or fails, and counts how often it was asked. */
function world(body: () => object | number) {
  const asked: string[] = [];
  let now = 1_800_000_000_000;
  const logIn = createDidLogIn(
    {
      methods: ["web"],
      allow: ["did:web:example.com", "did:web:other.example:*"],
      compat: false,
      consumeOnce: async () => true,
    },
    {
      clock: { now: () => now },
      audience: AUDIENCE,
      userScopes: ["llm:read"],
      admins: new Set(),
      log: silentLog,
      outbound: {
        async send({ url }) {
          asked.push(url);
          const answer = body();
          if (answer === 0) return { ok: false, reason: "not asked: the address is not a public one" };
          const status = typeof answer === "number" ? answer : 200;
          return {
            ok: true,
            value: { status, headers: new Map(), body: Buffer.from(JSON.stringify(answer)) },
          };
        },
      },
    },
  );
  async function present(header: object = {}, did = DID, signer = key) {
    const jwt = logIn.parse(signDid(signer, didClaims(did, AUDIENCE, now), { kid: `${did}#k`, ...header }));
    if (!jwt.ok) return jwt.reason;
    const verified = await logIn.verify(jwt.value);
    return verified.ok ? verified.value.principal.owner.sub : verified.reason;
  }
  return { asked, present, pass: (ms: number) => (now += ms) };
}
const present = (body: object | number, header?: object) => world(() => body).present(header);

describe("did:web", () => {
  test("logs in by a key that its document lists for authentication, by name or in place", async () => {
    expect(await present(document())).toBe(DID);
    expect(await present(document({ authentication: [`${DID}#k`] }))).toBe(DID);
    expect(await present({ id: DID, authentication: [method()] })).toBe(DID);
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = {
      type: "JsonWebKey",
      publicKeyMultibase: undefined,
      publicKeyJwk: publicKey.export({ format: "jwk" }),
    };
    const host = world(() => document({ verificationMethod: [method(jwk)] }));
    expect(await host.present({}, DID, { ...key, alg: "ES256", privateKey })).toBe(DID);
    expect(host.asked).toEqual(["https://example.com/.well-known/did.json"]);
  });

  test.each([
    ["a document of another DID", document({ id: "did:web:other.example" })],
    ["a key for another purpose", document({ authentication: [], assertionMethod: ["#k"] })],
    [
      "a key of another controller",
      document({ verificationMethod: [method({ controller: "did:web:other.example" })] }),
    ],
    ["two keys of one id", document({ verificationMethod: [method(), method()] })],
    ["a kind that is not known", document({ verificationMethod: [method({ type: "RsaKey" })] })],
    ["a list that is none", document({ authentication: "#k" })],
    ["more methods than anybody has", document({ authentication: Array.from({ length: 60 }, () => "#k") })],
    ["no document", {}],
    ["a 404", 404],
  ])("is refused by %s", async (_name, body) => {
    expect(await present(body)).toBe("unknown_key");
  });

  test("is refused with a kid that is not its own, and no host is asked", async () => {
    const host = world(() => document());
    for (const kid of ["#k", DID, `${DID}:a#k`, `${key.did}#k`, undefined])
      expect(await host.present({ kid })).toBe("unknown_key");
    expect(host.asked).toEqual([]);
  });

  test("is not the caller's fault where the host fails, and the host is left alone for a while", async () => {
    for (const failure of [0, 503]) {
      const host = world(() => failure);
      expect(await host.present()).toBe("issuer_unavailable");
      expect(await host.present()).toBe("issuer_unavailable");
      expect(host.asked).toHaveLength(1);
      host.pass(31_000);
      await host.present();
      expect(host.asked).toHaveLength(2);
    }
  });

  test("keeps a document for five minutes, asks once for many, and follows a rotation within half a minute", async () => {
    let keys = document();
    const host = world(() => keys);
    await Promise.all(Array.from({ length: 20 }, () => host.present()));
    expect(host.asked).toHaveLength(1);
    keys = document({ authentication: [] });
    host.pass(299_000);
    expect(await host.present()).toBe(DID);
    host.pass(2000);
    expect(await host.present()).toBe("unknown_key");
    keys = document();
    host.pass(31_000);
    expect(await host.present()).toBe(DID);
  });

  test("S18: asks no host that is not named, whatever the DID says", async () => {
    const host = world(() => document());
    for (const did of [
      "did:web:evil.example",
      "did:web:example.com.evil.example",
      "did:web:example.com:user",
    ])
      expect(await host.present({}, did)).toBe("unknown_issuer");
    expect(host.asked).toEqual([]);
    await host.present({}, "did:web:other.example:user:alice");
    expect(host.asked).toEqual(["https://other.example/user/alice/did.json"]);
  });
});

describe("the address of a did:web", () => {
  test.each([
    ["did:web:example.com", "https://example.com/.well-known/did.json"],
    ["did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"],
  ])("%s", (did, url) => {
    expect(webAddress(did)).toBe(url);
  });

  test.each([
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "[::1]",
    "%5B%3A%3A1%5D",
    "EXAMPLE.com",
    "example.com.",
    "user@example.com",
    "user%40example.com",
    "example.com/..",
    "example.com%2Fx",
    "example.com%3a80",
    "example.com%3A0",
    "example.com%3A99999",
    "example.com%3A80%3A80",
    "example.com:..",
    "example.com:.hidden",
    "example.com:a%2Fb",
    "example.com:",
    "example.com?x",
    "example.com#x",
    "",
  ])("S18: is refused: %s", (place) => {
    expect(webAddress(`did:web:${place}`)).toBeUndefined();
  });
});
