import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWTPayload, jwtVerify } from "jose";
import { freePort } from "./free-port.ts";
import { type GatewayProcess, startGateway } from "./gateway.ts";
import { startJwksServer } from "./identity/jwks-server.ts";
import { makeKey, signToken } from "./identity/tokens.ts";

/** The issuer that the gateway does not know how to verify. */
export const PARTNER = "https://login.partner.test";
export const SECRET = "the-secret-of-the-gateways-client";

/** A partner's tokens, an identity provider that takes them as jwt-bearer grants (RFC 7523), and a gateway between. */
export async function startForeign() {
  const [partnerKey, idpKey, strangerKey] = [makeKey("partner"), makeKey("idp"), makeKey("stranger")];
  const idp = await startJwksServer([idpKey.jwk]);
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const seconds = () => Math.floor(Date.now() / 1000);
  const state = {
    /** Forms that came, oldest first. */
    forms: [] as URLSearchParams[],
    /** Answers in place of the provider's own, while set. */
    answer: undefined as readonly [status: number, body: unknown] | undefined,
    /** Put into the provider's tokens. */
    claims: {} as Record<string, unknown>,
    /** How long it thinks, in milliseconds. */
    delay: 0,
  };

  async function grant(form: URLSearchParams): Promise<readonly [number, unknown]> {
    if (form.get("client_secret") !== SECRET || form.get("client_id") !== "gateway")
      return [401, { error: "invalid_client" }];
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
      return [400, { error: "unsupported_grant_type" }];
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(form.get("assertion") ?? "", partnerKey.publicKey, { issuer: PARTNER }));
    } catch {
      return [400, { error: "invalid_grant" }];
    }
    const claims = {
      iss: idp.issuer,
      sub: `partner-${payload.sub}`,
      aud: publicUrl,
      iat: seconds(),
      exp: seconds() + 600,
    };
    const access_token = signToken(idpKey, { ...claims, ...state.claims });
    return [200, { access_token, token_type: "Bearer", expires_in: 600 }];
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    state.forms.push(form);
    await new Promise((wake) => setTimeout(wake, state.delay));
    const [status, body] = state.answer ?? (await grant(form));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const tokenEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

  const folder = mkdtempSync(join(tmpdir(), "attach-foreign-"));
  const entry = {
    issuer: PARTNER,
    tokenEndpoint,
    clientId: "gateway",
    clientSecret: { env: "PARTNER_SECRET" },
  };
  writeFileSync(join(folder, "attach.yaml"), JSON.stringify({ foreign: [entry] }));
  const env = { OIDC_ISSUER: idp.issuer, PARTNER_SECRET: SECRET, AGENT_REGISTRATION: "open" };
  const gateway: GatewayProcess = await startGateway({ port, folder, env });

  return {
    gateway,
    publicUrl,
    idp,
    state,
    strangerKey,
    /** A token as the partner signs it. */
    token: (claims: Record<string, unknown> = {}, key = partnerKey) =>
      signToken(key, {
        iss: PARTNER,
        sub: "carol",
        aud: "partner-app",
        iat: seconds(),
        exp: seconds() + 600,
        ...claims,
      }),
    async stop() {
      await gateway.stop();
      await idp.close();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
