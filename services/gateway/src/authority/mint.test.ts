import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import type { SigningKey } from "../core/ports/keys.ts";
import type { DelegationRow, TokenRow } from "../core/ports/store.ts";
import { agentClaims, signToken } from "./mint.ts";

const NOW = Date.now();
const owner = { iss: "https://idp.example", sub: "alice", tenant: null };
const delegation: DelegationRow = {
  id: "d3",
  root: "d1",
  parent: "d2",
  ancestors: ["d1", "d2"],
  owner,
  agent: "c",
  chain: ["c", "b", "a"],
  session: "s",
  scopes: ["llm:read"],
  createdAt: NOW,
  renewableUntil: NOW + 1,
  revokedAt: null,
};
const token: TokenRow = {
  jti: "j",
  delegation: "d3",
  parent: "d2",
  root: "d1",
  session: "s",
  owner,
  agent: "c",
  agentAuth: "none",
  audience: "https://gateway.example",
  scopes: ["llm:read", "memory:read"],
  jkt: null,
  issuedAt: NOW,
  expiresAt: NOW + 60_000,
  revokedAt: null,
};
const claims = agentClaims(token, delegation, "https://gateway.example");

test("nests actors outermost first, and names the ancestors oldest first", () => {
  const iss = "https://gateway.example";
  expect(claims.act).toEqual({ sub: "c", iss, act: { sub: "b", iss, act: { sub: "a", iss } } });
  expect(claims).toMatchObject({
    client_id: "c",
    anc: ["d1", "d2"],
    root: "d1",
    scope: "llm:read memory:read",
  });
});

test.each(["ES256", "RS256"] as const)("signs %s so that another implementation verifies it", async (alg) => {
  const pair =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key: SigningKey = { kid: "k", alg, ...pair };
  const text = signToken(claims, key);
  const { payload } = await jwtVerify(text, pair.publicKey, { typ: "at+jwt", algorithms: [alg] });
  expect(payload).toEqual(claims);
  expect(decodeProtectedHeader(text)).toEqual({ alg, typ: "at+jwt", kid: "k" });
});
