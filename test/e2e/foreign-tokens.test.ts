import { GRANT_TOKEN_EXCHANGE, TOKEN_TYPE } from "@attach-dev/protocol";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PARTNER, SECRET, startForeign } from "../support/foreign.ts";

/** Tokens of an issuer that only the identity provider trusts, as subjects of an exchange. */
let foreign: Awaited<ReturnType<typeof startForeign>>;
beforeAll(async () => {
  foreign = await startForeign();
});
afterAll(() => foreign?.stop());
beforeEach(() => {
  Object.assign(foreign.state, { forms: [], answer: undefined, claims: {}, delay: 0 });
});

let uses = 0;
/** Never the same twice, so that nothing is remembered from another test. */
const fresh = (claims = {}) => foreign.token({ jti: String(uses++), ...claims });

async function exchange(subject_token: string, fields: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${foreign.gateway.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: GRANT_TOKEN_EXCHANGE,
      subject_token_type: TOKEN_TYPE.jwt,
      subject_token,
      client_id: "agent",
      scope: "llm:read",
      ...fields,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const claims = (token = "") =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

test("I09: a foreign token becomes an agent's, for the user that the identity provider names", async () => {
  const token = fresh();
  const { status, body } = await exchange(token);
  expect([status, claims(body["access_token"])]).toEqual([
    200,
    expect.objectContaining({
      sub: "partner-carol",
      sub_id: { format: "iss_sub", iss: foreign.idp.issuer, sub: "partner-carol" },
      act: expect.objectContaining({ sub: "agent" }),
      scope: "llm:read",
    }),
  ]);
  expect(foreign.state.forms.map((form) => Object.fromEntries(form))).toEqual([
    {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: token,
      client_id: "gateway",
      client_secret: SECRET,
    },
  ]);
  expect((await exchange(fresh(), { subject_token_type: TOKEN_TYPE.accessToken })).status).toBe(200);
});

test("I09: asks the provider once for one token, however often and however many ask at once", async () => {
  const token = fresh();
  foreign.state.delay = 100;
  const all = await Promise.all([1, 2, 3, 4].map(() => exchange(token)));
  all.push(await exchange(token));
  expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(foreign.state.forms).toHaveLength(1);
});

test("I09: remembers no longer than the provider's token lives", async () => {
  const token = fresh();
  const exp = Math.floor(Date.now() / 1000) + 2;
  foreign.state.claims = { exp };
  expect((await exchange(token)).status).toBe(200);
  await new Promise((wake) => setTimeout(wake, exp * 1000 - Date.now() + 50));
  foreign.state.claims = {};
  expect((await exchange(token)).status).toBe(200);
  expect(foreign.state.forms).toHaveLength(2);
});

test("I09: a token that the provider refuses is refused, and asked for once in a while only", async () => {
  const forged = foreign.token({ jti: "forged" }, foreign.strangerKey);
  const [first, second] = [await exchange(forged), await exchange(forged)];
  for (const { status, body } of [first, second])
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({
        error: "invalid_request",
        error_description: expect.stringContaining("did not accept"),
      }),
    ]);
  expect(foreign.state.forms).toHaveLength(1);
});

test.each([
  ["expired", { exp: 1_000_000_000 }],
  ["without an end", { exp: undefined }],
  ["bound to a key (S03)", { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }],
  ["an ID token (S06)", { nonce: "n" }],
])("I09: a foreign token that is %s is refused without asking anybody", async (_name, wrong) => {
  expect((await exchange(fresh(wrong))).status).toBe(400);
  expect(foreign.state.forms).toEqual([]);
});

test.each([
  ["another issuer's name", { iss: "https://else.test" }],
  ["an audience that is not ours", { aud: "https://else.test" }],
  ["a token that has ended", { exp: 1_000_000_000 }],
  ["the foreign issuer's own name", { iss: PARTNER }],
])("I09: fails closed where the provider's token has %s", async (_name, wrong) => {
  foreign.state.claims = wrong;
  const { status, body } = await exchange(fresh());
  expect([status, body["access_token"]]).toEqual([400, undefined]);
});

test.each([
  ["an error of its own", [500, { error: "server_error" }]],
  ["a refusal of the gateway's client", [401, { error: "invalid_client" }]],
  ["no JSON object", [200, "yes"]],
  ["no token", [200, { token_type: "Bearer" }]],
  ["a token that is bound", [200, { access_token: "x", token_type: "DPoP" }]],
  ["a redirect", [302, {}]],
] as const)(
  "I09: fails closed, and as our trouble, where the provider answers with %s",
  async (_name, answer) => {
    const token = fresh();
    foreign.state.answer = answer;
    const { status, body } = await exchange(token);
    expect([status, body["access_token"]]).toEqual([503, undefined]);
    foreign.state.answer = undefined;
    expect((await exchange(token)).status).toBe(200);
  },
);

test("I09: what the provider returns is verified: the foreign token handed back opens nothing", async () => {
  const token = fresh();
  foreign.state.answer = [200, { access_token: token, token_type: "Bearer" }];
  expect((await exchange(token)).status).toBe(503);
  foreign.state.answer = [200, { access_token: fresh(), token_type: "Bearer" }];
  expect((await exchange(fresh())).body["access_token"]).toBeUndefined();
});

test("I09: at most eight exchanges run at a time, so that made-up tokens do not flood the provider", async () => {
  foreign.state.delay = 500;
  const all = await Promise.all(Array.from({ length: 20 }, () => exchange(fresh())));
  expect(foreign.state.forms.length).toBeLessThanOrEqual(8);
  expect(all.filter(({ status }) => status === 200)).toHaveLength(foreign.state.forms.length);
  expect(all.filter(({ status }) => status === 503)).toHaveLength(20 - foreign.state.forms.length);
});

test("I09: a foreign token is no bearer, and nobody is asked about it", async () => {
  const response = await fetch(`${foreign.gateway.url}/api/tags`, {
    headers: { authorization: `Bearer ${fresh()}` },
  });
  expect([response.status, foreign.state.forms]).toEqual([401, []]);
});

test("I09: no secret and no token in what the gateway writes", () => {
  const output = foreign.gateway.output();
  expect(output).toContain("a foreign token could not be exchanged");
  expect(output).not.toContain(SECRET);
  expect(output).not.toContain("eyJ");
});
