import { randomUUID } from "node:crypto";
import { decodeJwt } from "jose";
import { ACCESS_TOKEN, type Answer, type AuthorityServer, type Fields, startAuthority } from "./authority.ts";
import { publicJwk } from "./identity/proofs.ts";
import { makeKey, signToken, type TestKey } from "./identity/tokens.ts";

/** A registered agent and how it shows that it is itself. */
export interface RegisteredAgent {
  readonly id: string;
  /** Form fields for one request. */
  credential(changes?: { claims?: object; header?: object; key?: TestKey }): Fields;
  readonly key: TestKey | undefined;
  readonly secret: string | undefined;
}

export interface AgentServer extends AuthorityServer {
  register(id: string, body?: object): Promise<RegisteredAgent>;
  patch(id: string, body: object): Promise<void>;
  /** A request of `/attach/v1/*` as a user. */
  manage(method: string, path: string, body?: object, sub?: string): Promise<Answer>;
  /** The text of an issued token. @throws where it was refused */
  issue(fields?: Fields, headers?: Record<string, string>): Promise<string>;
  /** An unregistered agent pulls another's token. */
  pull(subject_token: string, client_id: string, fields?: Fields): Promise<Answer>;
}

export const JWT = "urn:ietf:params:oauth:token-type:jwt";
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export const tokenOf = ({ body }: Answer): string => {
  if (typeof body["access_token"] !== "string") throw new Error(`no token: ${JSON.stringify(body)}`);
  return body["access_token"];
};
export const claimsOf = (answer: Answer | string) =>
  decodeJwt<{
    act?: Nested;
    scope: string;
    anc: string[];
    dlg: string;
    root: string;
    sid: string;
    exp: number;
    jti: string;
  }>(typeof answer === "string" ? answer : tokenOf(answer));

interface Nested {
  readonly sub: string;
  readonly act?: Nested;
}
/** The agents of a token's `act`, current one first. */
export const chainOf = (answer: Answer | string): readonly string[] => {
  const chain: string[] = [];
  for (let act = claimsOf(answer).act; act !== undefined; act = act.act) chain.push(act.sub);
  return chain;
};

export const errorOf = ({ status, body }: Answer): string => `${status} ${String(body["error"])}`;

/** A statement of a client about itself (RFC 7523 §3). */
export function statement(
  at: AuthorityServer,
  id: string,
  key: TestKey,
  changes: { claims?: object; header?: object } = {},
) {
  const iat = Math.floor(at.clock.now() / 1000);
  const usual = { iss: id, sub: id, aud: at.url, jti: randomUUID(), iat, exp: iat + 60 };
  return signToken(key, { ...usual, ...changes.claims }, changes.header);
}

/** The whole gateway with agents that are registered over its own API. `root` is admin. */
export async function startAgents(env: Readonly<Record<string, string>> = {}): Promise<AgentServer> {
  const at = await startAuthority({ env: { AGENT_REGISTRATION: "open", ...env }, admins: ["root"] });

  async function manage(method: string, path: string, body?: object, sub = "root"): Promise<Answer> {
    const response = await fetch(`${at.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${at.userToken({ sub })}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  const server: AgentServer = {
    ...at,
    manage,
    async register(id, body = {}) {
      const isKeyed = "auth" in body && body.auth === "private_key_jwt";
      const key = isKeyed ? makeKey(`${id}-key`, "ES256") : undefined;
      const jwks = key === undefined ? {} : { jwks: { keys: [{ ...publicJwk(key), kid: key.kid }] } };
      const answer = await manage("POST", "/attach/v1/agents", { id, ...jwks, ...body });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      const secret = answer.body["secret"] as string | undefined;
      return {
        id,
        key,
        secret,
        credential: ({ key: other, ...changes } = {}) =>
          key === undefined
            ? { client_id: id, client_secret: secret }
            : {
                client_id: undefined,
                client_assertion_type: JWT_BEARER,
                client_assertion: statement(at, id, other ?? key, changes),
              },
      };
    },
    async patch(id, body) {
      const answer = await manage("PATCH", `/attach/v1/agents/${id}`, body);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    issue: async (fields, headers) => tokenOf(await at.exchange(fields, headers)),
    pull: (subject_token, client_id, fields = {}) =>
      at.exchange({ subject_token, subject_token_type: ACCESS_TOKEN, client_id, ...fields }),
  };
  return server;
}
