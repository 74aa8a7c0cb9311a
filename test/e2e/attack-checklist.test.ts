import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, errorOf, JWT, startAgents, statement } from "../support/agents.ts";
import { ACCESS_TOKEN } from "../support/authority.ts";
import { makeProof, publicJwk, thumbprint, tokenHash } from "../support/identity/proofs.ts";
import { encode, makeKey, signText, signToken, type TestKey } from "../support/identity/tokens.ts";

/** The attacks that are known on tokens, each on the running gateway: as a bearer, and as the subject of an exchange. */
const ATTACKER = makeKey("attacker");
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

let at: AgentServer;
/** A token of a user and one of an agent, both good. */
let tokens: readonly [user: string, agent: string];

beforeAll(async () => {
  at = await startAgents();
  tokens = [at.userToken(), await at.issue()];
});
afterAll(() => at.close());

const partsOf = (token: string) => {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return { header, payload, signature };
};
const decoded = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as object;
const headerOf = (token: string) => decoded(partsOf(token).header);
const claimsOf = (token: string) => decoded(partsOf(token).payload);

/** The claims of a good token under a header and a signature of the attacker's. */
const forge = (token: string, header: object, key: TestKey = ATTACKER) =>
  signToken(key, claimsOf(token), { ...headerOf(token), alg: key.alg, ...header });

async function expectRefused(token: string): Promise<void> {
  expect(await at.call(token)).toBe(401);
  for (const subject_token_type of [ACCESS_TOKEN, JWT, ID_TOKEN]) {
    const answer = await at.exchange({ subject_token: token, subject_token_type });
    expect(errorOf(answer)).toBe("400 invalid_request");
  }
}

test("what is attacked below is good as it stands", async () => {
  for (const token of tokens) expect(await at.call(token)).toBe(200);
  expect((await at.exchange({ subject_token: tokens[0] })).status).toBe(200);
  expect((await at.pull(tokens[1], "coder")).status).toBe(200);
});

describe("the algorithm", () => {
  test.each(["none", "None", "NONE", "nOnE"])("%s: an unsigned token is nobody's", async (alg) => {
    for (const token of tokens) {
      const { payload, signature } = partsOf(token);
      const header = encode(JSON.stringify({ ...headerOf(token), alg }));
      for (const end of ["", signature]) await expectRefused(`${header}.${payload}.${end}`);
    }
  });

  test("HS for RS and ES: a public key is no shared secret, in any of its forms", async () => {
    const jwks = (await (await fetch(`${at.url}/.well-known/jwks.json`)).json()) as { keys: object[] };
    const ours = JSON.stringify(jwks.keys[0]);
    const pem = at.key.publicKey.export({ type: "spki", format: "pem" }).toString();
    const secrets = [pem, pem.trimEnd(), JSON.stringify(at.key.jwk), ours, JSON.stringify(jwks), ""];
    for (const token of tokens) {
      for (const secret of secrets) {
        const input = `${encode(JSON.stringify({ ...headerOf(token), alg: "HS256" }))}.${partsOf(token).payload}`;
        const mac = createHmac("sha256", secret).update(input).digest("base64url");
        await expectRefused(`${input}.${mac}`);
      }
    }
  });

  test("another algorithm than the key's is refused", async () => {
    await expectRefused(forge(tokens[0], { alg: "PS256" }, at.key));
    await expectRefused(forge(tokens[0], { alg: "RS512" }, at.key));
  });
});

describe("the key", () => {
  test("embedded jwk, x5c: a token does not bring the key it is checked with", async () => {
    for (const token of tokens) {
      await expectRefused(forge(token, { jwk: publicJwk(ATTACKER) }));
      await expectRefused(forge(token, { jwk: publicJwk(ATTACKER), kid: undefined }));
      await expectRefused(forge(token, { x5c: ["MIIB"] }));
    }
    // Not even one whose signature is good.
    await expectRefused(at.userToken({}, { jwk: at.key.jwk }));
  });

  test("jku, x5u: nobody is asked for a key at an address that a token names", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [ATTACKER.jwk] }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    for (const token of tokens) {
      for (const header of [{ jku: address }, { x5u: address }, { jku: address, kid: ATTACKER.kid }]) {
        await expectRefused(forge(token, header));
      }
      await expectRefused(signToken(ATTACKER, { ...claimsOf(token), iss: address }));
    }
    const proof = makeProof(ATTACKER, { htm: "POST", htu: `${at.url}/oauth/token` }, { jku: address });
    expect(errorOf(await at.exchange({}, { dpop: proof }))).toBe("400 invalid_dpop_proof");
    expect(asked).toBe(0);
    server.close();
  });

  test.each([
    "../../../../../../dev/null",
    "/dev/null",
    "file:///etc/passwd",
    "' OR '1'='1",
    "x' UNION SELECT 'a",
    "|id",
    "__proto__",
    "constructor",
    "\u0000",
    "",
  ])("kid %j names nothing outside the key set", async (kid) => {
    for (const token of tokens) {
      await expectRefused(forge(token, { kid }));
      const input = `${encode(JSON.stringify({ ...headerOf(token), alg: "HS256", kid }))}.${partsOf(token).payload}`;
      await expectRefused(`${input}.${createHmac("sha256", "").update(input).digest("base64url")}`);
    }
  });
});

describe("the form", () => {
  test("duplicate members are refused, though the signature is good", async () => {
    const { header, payload } = partsOf(tokens[0]);
    const [head, body] = [header, payload].map((part) => Buffer.from(part, "base64url").toString());
    const twice = (text = "", member = "") => text.replace(/^\{/, `{${member},`);
    await expectRefused(signText(at.key, `${head}`, twice(body, '"sub":"root"')));
    await expectRefused(signText(at.key, `${head}`, twice(body, '"s\\u0075b":"root"')));
    await expectRefused(signText(at.key, twice(head, '"alg":"none"'), `${body}`));
  });

  test.each<[string, object]>([
    ["crit", { crit: ["exp"], exp: 1 }],
    ["an empty crit", { crit: [] }],
    ["b64=false", { b64: false }],
    ["b64=false, critical", { b64: false, crit: ["b64"] }],
    ["b64=true", { b64: true }],
    ["a compressed payload", { zip: "DEF" }],
  ])("%s is refused, though the signature is good", async (_name, header) => {
    await expectRefused(at.userToken({}, header));
  });

  test("JSON serialization is no token, flattened or general", async () => {
    for (const token of tokens) {
      const { header, payload, signature } = partsOf(token);
      const one = { protected: header, signature };
      for (const form of [
        { payload, ...one },
        { payload, signatures: [one] },
      ]) {
        await expectRefused(JSON.stringify(form));
        await expectRefused(encode(JSON.stringify(form)));
      }
    }
  });

  test("a signature in another spelling is not that signature", async () => {
    for (const token of tokens) {
      for (const other of [`${token}=`, `${token}.`, `.${token}`, token.replace(".", ".."), `${token}A`]) {
        await expectRefused(other);
      }
      const last = token.at(-1) ?? "";
      const neighbour = last === "B" || last === "x" ? "y" : String.fromCharCode(last.charCodeAt(0) + 1);
      await expectRefused(token.slice(0, -1) + neighbour);
    }
  });
});

describe("the type", () => {
  test("an ID token opens nothing", async () => {
    const idToken = { aud: "web-app", nonce: "n", at_hash: "x" };
    await expectRefused(at.userToken(idToken));
    await expectRefused(at.userToken({ ...idToken, aud: at.url }));
    await expectRefused(at.userToken({}, { typ: "ID" }));
  });

  test("a DPoP proof is no access token, and an access token is no proof", async () => {
    const bound = at.userToken({ cnf: { jkt: thumbprint(ATTACKER) } });
    const iat = Math.floor(at.clock.now() / 1000);
    const request = { htm: "GET", htu: `${at.url}/api/tags`, iat };
    const proof = makeProof(ATTACKER, { ...request, ath: tokenHash(bound), ...claimsOf(tokens[0]) });
    await expectRefused(proof);
    await expectRefused(at.userToken({}, { typ: "dpop+jwt" }));
    const asProof = signToken(
      ATTACKER,
      { ...request, ath: tokenHash(bound), jti: randomUUID() },
      { typ: "at+jwt", kid: undefined, jwk: publicJwk(ATTACKER) },
    );
    const headers = { authorization: `DPoP ${bound}`, dpop: asProof };
    expect((await fetch(`${at.url}/api/tags`, { headers })).status).toBe(401);
  });

  test.each([
    "logout+jwt",
    "secevent+jwt",
    "token-introspection+jwt",
    "oauth-id-jag+jwt",
    "attach-checkpoint+jwt",
  ])("a statement of type %s is no access token, whoever signed it", async (typ) => {
    await expectRefused(at.userToken({}, { typ }));
  });

  test("a client's statement about itself is no access token", async () => {
    const agent = await at.register("stating", { auth: "private_key_jwt" });
    await expectRefused(statement(at, agent.id, agent.key ?? ATTACKER));
  });
});

describe("replay", () => {
  test("across audiences: a token for somebody else opens nothing here", async () => {
    await expectRefused(at.userToken({ aud: "https://another.example" }));
    await expectRefused(at.userToken({ aud: [`${at.url}.evil.example`, `${at.url}/`] }));
    const resource = "https://tools.example/mcp";
    await at.register("tools", { endpoint: { url: resource, protocol: "http", resource } });
    const elsewhere = await at.issue({ resource });
    expect(claimsOf(elsewhere)).toMatchObject({ aud: resource });
    await expectRefused(elsewhere);
  });

  test("S11: of a DPoP proof, at a route and at the token endpoint", async () => {
    const key = makeKey("holder");
    const iat = Math.floor(at.clock.now() / 1000);
    const dpop = makeProof(key, { htm: "POST", htu: `${at.url}/oauth/token`, iat });
    const first = await at.exchange({}, { dpop });
    expect(first.body).toMatchObject({ token_type: "DPoP" });
    expect(errorOf(await at.exchange({}, { dpop }))).toBe("400 invalid_dpop_proof");

    const token = String(first.body["access_token"]);
    const request = { htm: "GET", htu: `${at.url}/api/tags`, ath: tokenHash(token), iat };
    const headers = { authorization: `DPoP ${token}`, dpop: makeProof(key, request) };
    const statuses = [];
    for (let i = 0; i < 2; i++) statuses.push((await fetch(`${at.url}/api/tags`, { headers })).status);
    expect(statuses).toEqual([200, 401]);
  });

  test("S11: of a DPoP proof, many at once: one gets through", async () => {
    const key = makeKey("holder");
    const iat = Math.floor(at.clock.now() / 1000);
    const dpop = makeProof(key, { htm: "POST", htu: `${at.url}/oauth/token`, iat });
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.exchange({}, { dpop })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("of a client's assertion, and of an actor's statement", async () => {
    const agent = await at.register("once-only", { auth: "private_key_jwt" });
    const credential = agent.credential();
    expect((await at.exchange(credential)).status).toBe(200);
    expect(errorOf(await at.exchange(credential))).toBe("401 invalid_client");
    const actor_token = statement(at, agent.id, agent.key ?? ATTACKER);
    const withActor = () => at.exchange({ ...agent.credential(), actor_token, actor_token_type: JWT });
    expect((await withActor()).status).toBe(200);
    expect(errorOf(await withActor())).toBe("400 invalid_request");
  });
});
