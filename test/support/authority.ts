import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { buildApp } from "../../services/gateway/src/app.ts";
import { loadConfig } from "../../services/gateway/src/config/load.ts";
import { freePort } from "./free-port.ts";
import { type JwksServer, startJwksServer } from "./identity/jwks-server.ts";
import { type ManualClock, manualClock } from "./identity/manual-clock.ts";
import { makeKey, signToken, type TestKey } from "./identity/tokens.ts";

const SECRET = "a secret for tests of more than thirty-two bytes";

/** The whole gateway on a real port, its clock moved by tests, its users known by an issuer over HTTP. */
export interface AuthorityServer {
  readonly url: string;
  readonly clock: ManualClock;
  /** The SQLite file. */
  readonly database: string;
  readonly issuer: JwksServer;
  readonly key: TestKey;
  /** What was logged so far. */
  log(): string;
  /** A user's access token of the issuer. */
  userToken(claims?: object, header?: object): string;
  /** An exchange by form fields; `subject_token` and the rest have defaults, `undefined` leaves one out. */
  exchange(fields?: Fields, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: string | URLSearchParams, headers?: Record<string, string>): Promise<Answer>;
  /** Status of a call with this bearer at a protected route. */
  call(bearer: string): Promise<number>;
  close(): Promise<void>;
}

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface AuthorityServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly acceptIdTokens?: boolean;
  /** Users of the issuer who hold `admin`, by their `sub`. */
  readonly admins?: readonly string[];
}

export const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

export async function startAuthority(options: AuthorityServerOptions = {}): Promise<AuthorityServer> {
  const folder = mkdtempSync(join(tmpdir(), "attach-authority-"));
  const database = join(folder, "attach.db");
  const url = `http://127.0.0.1:${await freePort()}`;
  const key = makeKey("idp-1", "RS256");
  const issuer = await startJwksServer([key.jwk]);
  const clock = manualClock();
  const engine = await startDemoEngine();
  const config = loadConfig({
    env: {
      PORT: new URL(url).port,
      PUBLIC_URL: url,
      DATABASE_URL: `sqlite:${database}`,
      ATTACH_SECRET: SECRET,
      ENGINE_URL: engine.url,
      OIDC_ISSUER: issuer.issuer,
      OIDC_CLIENT_ID: "web-app",
      ADMIN_SUBJECTS: (options.admins ?? []).map((sub) => `${issuer.issuer}|${sub}`).join(" "),
      ...options.env,
    },
    cwd: folder,
  });
  if (!config.ok) throw new Error(JSON.stringify(config.reason));
  const acceptIdTokens = options.acceptIdTokens ?? false;
  const issuers = config.value.issuers.map((entry) => ({ ...entry, clientId: "web-app", acceptIdTokens }));
  let log = "";
  const logStream = {
    write: (line: string) => {
      log += line;
    },
  };
  const app = await buildApp({ ...config.value, issuers }, { clock, logStream });
  await app.listen();

  async function post(path: string, body: string | URLSearchParams, headers: Record<string, string> = {}) {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": "test/1", ...headers },
      body: body.toString(),
    });
    const text = await response.text();
    const parsed = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  function userToken(claims: object = {}, header: object = {}): string {
    const iat = Math.floor(clock.now() / 1000);
    const usual = { iss: issuer.issuer, sub: "alice", aud: url, iat, exp: iat + 3600, ...claims };
    return signToken(key, usual, header);
  }

  return {
    url,
    clock,
    database,
    issuer,
    key,
    log: () => log,
    userToken,
    post,
    exchange(fields = {}, headers) {
      const form = new URLSearchParams();
      const usual = {
        grant_type: EXCHANGE,
        client_id: "research-agent",
        subject_token: "subject_token" in fields ? undefined : userToken(),
        subject_token_type: ACCESS_TOKEN,
      };
      for (const [name, value] of Object.entries({ ...usual, ...fields })) {
        for (const one of value === undefined ? [] : [value].flat()) form.append(name, one as string);
      }
      return post("/oauth/token", form, headers);
    },
    async call(bearer) {
      const response = await fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${bearer}` } });
      await response.body?.cancel();
      return response.status;
    },
    async close() {
      await app.close();
      await Promise.all([issuer.close(), engine.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
