import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signToken } from "../support/identity/tokens.ts";
import { type Management, startManagement } from "../support/management.ts";

/** RFC 7662 and 9701 from outside: an API that takes our agents' tokens, and others that would like to read them. */
const FILES = "https://files.test/api";
let at: Management;
let files: { id: string; secret: string };
let mail: { id: string; secret: string };

async function registerServer(id: string, members: object) {
  const body = { id, introspect: true, ...members };
  const made = await at.ask("POST", "/attach/v1/agents", { as: "root", body });
  return { id, secret: String(made.body["secret"]) };
}

function introspect(
  who: { id: string; secret: string } | undefined,
  token: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const basic = who === undefined ? {} : { authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}` };
  return fetch(`${at.url}/oauth/introspect`, {
    method: "POST",
    headers: { ...basic, ...headers },
    body: new URLSearchParams({ token }),
  });
}

/** A token of alice's agent for the files API. */
async function filesToken(fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await at.exchange({
    client_id: "reader",
    client_secret: reader,
    resource: FILES,
    ...fields,
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return String(answer.body["access_token"]);
}
let reader: string;

beforeAll(async () => {
  at = await startManagement();
  files = await registerServer("files-api", {
    endpoint: { url: "https://files.test/rpc", protocol: "http", resource: FILES },
  });
  mail = await registerServer("mail-api", { audiences: ["https://mail.test"] });
  reader = String((await at.register("reader", { audiences: [FILES] })).body["secret"]);
});
afterAll(() => at?.close());

describe("introspection", () => {
  test("T06: says what an agent's token says, to the server it is addressed to", async () => {
    const token = await filesToken({ scope: "llm:read" });
    const answer = await introspect(files, token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({ active: true, token_type: "Bearer", ...decodeJwt(token) });
  });

  test("S08: says nothing of what is not addressed to the caller, not even that it exists", async () => {
    const token = await filesToken();
    const own = String((await at.exchange()).body["access_token"]);
    for (const [who, asked] of [
      [mail, token],
      [files, own],
      [files, at.userToken("alice")],
      [files, "junk"],
      [files, `${token}x`],
      [files, forged(token)],
    ] as const) {
      const answer = await introspect(who, asked);
      expect([answer.status, await answer.text()]).toEqual([200, '{"active":false}']);
    }
  });

  test("S08: only registered servers that were allowed to, by their credential", async () => {
    const token = await filesToken();
    expect((await introspect(undefined, token)).status).toBe(401);
    expect((await introspect({ id: "nobody", secret: "x" }, token)).status).toBe(401);
    expect((await introspect({ ...files, secret: mail.secret }, token)).status).toBe(401);
    const asReader = await introspect({ id: "reader", secret: reader }, token);
    const refusal = (await asReader.json()) as { error?: string };
    expect([asReader.status, refusal.error]).toEqual([403, "unauthorized_client"]);
    const unregistered = await at.gateway.post(
      "/oauth/introspect",
      new URLSearchParams({ token, client_id: "anyone" }),
    );
    expect([unregistered.status, unregistered.body["error"]]).toEqual([401, "invalid_client"]);
    expect(unregistered.headers.get("www-authenticate")).toMatch(/^Basic /);
    await at.ask("PATCH", "/attach/v1/agents/mail-api", { as: "root", body: { status: "suspended" } });
    expect((await introspect(mail, token)).status).toBe(401);
    await at.ask("PATCH", "/attach/v1/agents/mail-api", { as: "root", body: { status: "active" } });
  });

  test("T06: a token that was revoked or has ended is inactive at once, also when it was asked about before", async () => {
    const [revoked, ended] = [await filesToken(), await filesToken({ ttl: "30" })];
    for (const token of [revoked, ended])
      expect(await (await introspect(files, token)).json()).toMatchObject({ active: true });
    const form = new URLSearchParams({ token: revoked, client_id: "reader", client_secret: reader });
    expect((await at.gateway.post("/oauth/revoke", form)).status).toBe(200);
    expect(await (await introspect(files, revoked)).json()).toEqual({ active: false });
    at.gateway.clock.advance(30_000);
    expect(await (await introspect(files, ended)).json()).toEqual({ active: false });
  });

  test("T06: signs the answer for the caller alone where it is asked to (RFC 9701)", async () => {
    const token = await filesToken();
    const accept = { accept: "application/token-introspection+jwt" };
    const answer = await introspect(files, token, accept);
    expect(answer.headers.get("content-type")).toBe("application/token-introspection+jwt");
    const keys = createRemoteJWKSet(new URL(`${at.url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(await answer.text(), keys, {
      issuer: at.url,
      audience: "files-api",
      typ: "token-introspection+jwt",
      currentDate: new Date(at.gateway.clock.now()),
    });
    expect(protectedHeader.alg).toBe("ES256");
    expect(Object.keys(payload).sort()).toEqual(["aud", "iat", "iss", "token_introspection"]);
    expect(payload["token_introspection"]).toEqual({
      active: true,
      token_type: "Bearer",
      ...decodeJwt(token),
    });
    const inactive = await (await introspect(files, "junk", accept)).text();
    expect(decodeJwt(inactive)["token_introspection"]).toEqual({ active: false });
    // S08: what we sign here is no token.
    expect((await at.ask("GET", "/api/tags", { token: inactive })).status).toBe(401);
  });

  test("asks for a token, by POST", async () => {
    const form = new URLSearchParams({ client_id: files.id, client_secret: files.secret });
    expect((await at.gateway.post("/oauth/introspect", form)).body["error"]).toBe("invalid_request");
    expect((await fetch(`${at.url}/oauth/introspect`)).status).toBe(405);
  });
});

/** The same claims by another's key. */
function forged(token: string): string {
  return signToken(at.gateway.key, decodeJwt(token), { typ: "at+jwt" });
}
