import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentServer, startAgents } from "../support/agents.ts";
import { publicJwk } from "../support/identity/proofs.ts";
import { makeKey } from "../support/identity/tokens.ts";

// The metadata named every algorithm that an identity provider may use; a client that chose PS256 could not be registered.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

test("the metadata names the algorithms that a registered key can sign with, and no other", async () => {
  const answer = await fetch(`${at.url}/.well-known/oauth-authorization-server`);
  const document = (await answer.json()) as Record<string, unknown>;
  for (const endpoint of ["token", "revocation", "introspection"]) {
    const named = document[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
    expect(named).toEqual(["ES256", "RS256", "EdDSA"]);
  }
  const key = { ...publicJwk(makeKey("k", "RS256")), alg: "PS256" };
  const body = { id: "a", auth: "private_key_jwt", jwks: { keys: [key] } };
  expect((await at.manage("POST", "/attach/v1/agents", body)).status).toBe(400);
});
