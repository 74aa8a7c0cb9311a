import { describe, expect, test } from "vitest";
import { readOwnPrincipal } from "./own-principal.ts";

const ISSUER = "https://gw.example";
const account = {
  iss: ISSUER,
  sub: "robot",
  sub_id: { format: "iss_sub", iss: ISSUER, sub: "robot" },
  aud: ISSUER,
  client_id: "robot",
  jti: "j",
  iat: 1_800_000_000,
  exp: 1_800_000_300,
  scope: "llm:read",
  agent_auth: "private_key_jwt",
  sid: "s",
  dlg: "d",
  root: "d",
  anc: [],
};

describe("I05: a token of ours without an actor", () => {
  test("is a service account's, known by us, with what can revoke it", () => {
    const read = readOwnPrincipal(account, ISSUER);
    expect(read).toMatchObject({
      ok: true,
      value: {
        kind: "service",
        owner: { iss: ISSUER, sub: "robot", tenant: null },
        account: { client: "robot", session: "s", delegation: "d" },
        jkt: null,
      },
    });
  });

  test.each([
    ["for a user", { sub_id: { format: "iss_sub", iss: "https://idp.example", sub: "robot" } }],
    ["for another client", { client_id: "another" }],
    ["that proved nothing", { agent_auth: "none" }],
    ["below another node", { anc: ["x"], root: "x" }],
    ["with a root that is not its own", { root: "x" }],
    ["without a session", { sid: undefined }],
    ["with an actor of null", { act: null }],
  ])("is refused %s: an actor is never left out", (_name, changes) => {
    const claims = Object.fromEntries(
      Object.entries({ ...account, ...changes }).filter(([, value]) => value !== undefined),
    );
    expect(readOwnPrincipal(claims as typeof account, ISSUER)).toEqual({ ok: false, reason: "malformed" });
  });
});

describe("I04: a token of ours by a wallet's log-in", () => {
  const did = "did:pkh:eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const wallet = {
    ...account,
    sub: did,
    sub_id: { format: "iss_sub", iss: did, sub: did },
    client_id: did,
    agent_auth: "none",
    amr: ["siwe"],
  };

  test("is a person's, known by us, with what can revoke it", () => {
    expect(readOwnPrincipal(wallet, ISSUER)).toMatchObject({
      ok: true,
      value: { kind: "user", owner: { iss: did, sub: did }, login: { session: "s", delegation: "d" } },
    });
  });

  test.each([
    ["another way to log in", { amr: ["pwd"] }],
    ["two ways", { amr: ["siwe", "pwd"] }],
    ["another client", { client_id: "agent" }],
    ["a client that authenticated", { agent_auth: "private_key_jwt" }],
    ["an owner of ours", { sub_id: { format: "iss_sub", iss: ISSUER, sub: did } }],
    ["a place below another node", { anc: ["x"], root: "x" }],
  ])("is refused with %s", (_name, changes) => {
    expect(readOwnPrincipal({ ...wallet, ...changes }, ISSUER)).toEqual({ ok: false, reason: "malformed" });
  });
});
