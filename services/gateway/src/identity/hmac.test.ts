import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type JwksServer, startJwksServer } from "../../../../test/support/identity/jwks-server.ts";
import { manualClock } from "../../../../test/support/identity/manual-clock.ts";
import { createOutbound } from "../../../../test/support/identity/outbound.ts";
import { ownKeys } from "../../../../test/support/identity/own-keys.ts";
import { encode, makeKey, signToken } from "../../../../test/support/identity/tokens.ts";
import { createIdentity, type Identity } from "./identity.ts";
import type { IssuerOptions } from "./issuers.ts";
import { createRevocations } from "./revocations.ts";

const SECRET = "a secret of 32 bytes, or of more";
const PARTNER = "https://partner.test";
const GATEWAY = "http://gateway.test";
const rsa = makeKey("rsa-1", "RS256");
const pem = String(rsa.publicKey.export({ type: "spki", format: "pem" }));

let server: JwksServer;
let identity: Identity;
const clock = manualClock();

const common = {
  audiences: ["attach"],
  allowInsecure: false,
  skewSeconds: 0,
  acceptIdTokens: false,
} as const;
const partner: IssuerOptions = {
  ...common,
  issuer: PARTNER,
  algorithms: ["HS256"],
  requireScopes: false,
  secret: SECRET,
};
const provider = (): IssuerOptions => ({
  ...common,
  issuer: server.issuer,
  algorithms: ["RS256", "ES256"],
  requireScopes: false,
});

const verifierOf = (issuers: readonly IssuerOptions[]) =>
  createIdentity({
    clock,
    outbound: createOutbound({ allowedHosts: ["127.0.0.1", "localhost"] }),
    issuers,
    own: { issuer: GATEWAY, audience: GATEWAY, keys: ownKeys() },
    revocations: createRevocations({ clock }),
    userScopes: ["llm:read"],
    admins: [],
  });

beforeEach(async () => {
  server = await startJwksServer([rsa.jwk]);
  identity = verifierOf([partner, provider()]);
});
afterEach(async () => {
  identity.close();
  await server.close();
});

const claims = (changes: object = {}) => {
  const now = Math.floor(clock.now() / 1000);
  return { iss: PARTNER, sub: "alice", aud: "attach", iat: now, exp: now + 60, ...changes };
};
function hs(secret: string | Buffer, body: object, { alg = "HS256", hash = "sha256" } = {}): string {
  const input = `${encode(JSON.stringify({ alg, typ: "JWT" }))}.${encode(JSON.stringify(body))}`;
  return `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
}
const bearer = async (token: string) => {
  const judged = await identity.verifyBearer(token);
  return judged.ok ? judged.value.owner : judged.reason;
};

describe("I03: an issuer with a shared secret", () => {
  test("is believed by HS256 with that secret", async () => {
    expect(await bearer(hs(SECRET, claims()))).toEqual({ iss: PARTNER, sub: "alice", tenant: null });
    expect(identity.issuerStates()[0]).toEqual({ issuer: PARTNER, keys: "fresh" });
  });

  test("is held to everything else that tokens are held to", async () => {
    const now = clock.now() / 1000;
    expect(await bearer(hs(SECRET, claims({ exp: now - 1 })))).toBe("expired");
    expect(await bearer(hs(SECRET, claims({ aud: "other" })))).toBe("wrong_audience");
    expect(await bearer(hs(SECRET, claims({ nonce: "n" })))).toBe("id_token");
  });

  test("is not believed by another secret, a changed token, a shorter or an empty signature", async () => {
    const good = hs(SECRET, claims());
    expect(await bearer(hs(`${SECRET}.`, claims()))).toBe("bad_signature");
    expect(await bearer(hs("", claims()))).toBe("bad_signature");
    const [head, , sig] = good.split(".");
    expect(await bearer(`${head}.${encode(JSON.stringify(claims({ sub: "root" })))}.${sig}`)).toBe(
      "bad_signature",
    );
    expect(await bearer(good.slice(0, -3))).toBe("bad_signature");
    expect(await bearer(good.slice(0, good.lastIndexOf(".") + 1))).toBe("malformed");
  });

  test("never by public keys, nor by a hash that nobody named", async () => {
    expect(await bearer(signToken(rsa, claims()))).toBe("unsupported_algorithm");
    expect(await bearer(hs(SECRET, claims(), { alg: "HS512", hash: "sha512" }))).toBe(
      "unsupported_algorithm",
    );
    expect(await bearer(hs(SECRET, claims(), { alg: "RS256" }))).toBe("unsupported_algorithm");
  });

  test("cannot speak for another issuer, and no public key is ever a secret", async () => {
    const theirs = claims({ iss: server.issuer });
    expect(await bearer(hs(SECRET, theirs))).toBe("unsupported_algorithm");
    expect(await bearer(hs(pem, theirs))).toBe("unsupported_algorithm");
    expect(await bearer(hs(rsa.publicKey.export({ type: "spki", format: "der" }), theirs))).toBe(
      "unsupported_algorithm",
    );
    expect(await bearer(signToken(rsa, theirs))).toMatchObject({ iss: server.issuer });
  });

  test.each([
    ["a secret that is too short", { secret: "31 bytes are not enough, are they".slice(0, 31) }],
    ["public-key algorithms beside the secret", { algorithms: ["HS256", "RS256"] }],
    ["HS256 without a secret", { secret: undefined }],
  ])("is refused at boot with %s", (_name, changes) => {
    expect(() => verifierOf([{ ...partner, ...changes }])).toThrow(TypeError);
  });
});
