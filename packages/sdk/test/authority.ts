import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One request as it came in. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export interface TestAuthority {
  readonly url: string;
  /** Forms of POST /oauth/token and /oauth/revoke, in order. */
  readonly exchanges: URLSearchParams[];
  readonly revocations: URLSearchParams[];
  /** Everything else. */
  readonly calls: Seen[];
  /** Tokens that are good. */
  readonly live: Set<string>;
  /** Set to answer in another way than by default. */
  onToken: Answer | undefined;
  onRevoke: Answer | undefined;
  onCall: Answer | undefined;
  /** Seconds. */
  expiresIn: number;
  close(): Promise<void>;
}

/** A token in the form of a JWT that nobody has signed: the SDK never verifies, it only reads its own. */
export function unsignedJwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256", typ: "at+jwt" })}.${part(claims)}.c2lnbmF0dXJl`;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: object = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A server that behaves as the gateway does towards the SDK: exchange, revocation, and routes behind its tokens. */
export async function startTestAuthority(): Promise<TestAuthority> {
  let issued = 0;
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const authority: TestAuthority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges: [],
    revocations: [],
    calls: [],
    live: new Set(),
    onToken: undefined,
    onRevoke: undefined,
    onCall: undefined,
    expiresIn: 300,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const seen: Seen = { method, url, headers, body: await text(request) };
    response.setHeader("X-Request-Id", `request-${url.length}`);
    if (url === "/oauth/token") return token(seen, response);
    if (url === "/oauth/revoke") return revoke(seen, response);
    authority.calls.push(seen);
    if (authority.onCall !== undefined) return authority.onCall(seen, response);
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    if (!authority.live.has(bearer)) return challenge(response);
    sendJson(response, 200, { method, url, body: seen.body });
  }

  async function token(seen: Seen, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(seen.body);
    authority.exchanges.push(form);
    if (authority.onToken !== undefined) return authority.onToken(seen, response);
    issued += 1;
    const text = unsignedJwt({
      jti: `token-${issued}`,
      dlg: form.get("delegation") ?? `delegation-${issued}`,
      sid: "session-1",
      client_id: form.get("client_id"),
    });
    authority.live.add(text);
    sendJson(response, 200, {
      access_token: text,
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: authority.expiresIn,
      scope: form.get("scope"),
    });
  }

  async function revoke(seen: Seen, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(seen.body);
    authority.revocations.push(form);
    if (authority.onRevoke !== undefined) return authority.onRevoke(seen, response);
    authority.live.delete(form.get("token") ?? "");
    response.writeHead(200).end();
  }

  return authority;
}

/** The gateway's answer to a token that is not good. */
export function challenge(response: ServerResponse): void {
  sendJson(
    response,
    401,
    { error: "the token has been revoked", code: "invalid_token" },
    { "WWW-Authenticate": 'Bearer error="invalid_token", error_description="the token has been revoked"' },
  );
}
