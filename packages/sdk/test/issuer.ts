import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { signJws } from "../src/sign-jws.ts";
import type { WebKey } from "../src/web-crypto.ts";

export interface TestIssuer {
  readonly url: string;
  /** How often the keys were fetched. */
  readonly fetches: () => number;
  /** Set to answer in another way than with the keys. */
  answer: { readonly status: number; readonly body: string } | undefined;
  /** The published set: a test may add what it likes. */
  readonly keys: object[];
  readonly privateKey: WebKey;
  /** An agent token at depth 1, good now; a claim that is `undefined` is left out. */
  token(claims?: object, header?: object, key?: WebKey): Promise<string>;
  close(): Promise<void>;
}

/** An authority that publishes its keys and signs what a test wants. */
export async function startTestIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const keys: object[] = [
    { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "k1", alg: "ES256", use: "sig" },
  ];
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    const { status, body } = issuer.answer ?? { status: 200, body: JSON.stringify({ keys }) };
    response.writeHead(status, { "Content-Type": "application/json" }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TestIssuer = {
    url,
    fetches: () => fetches,
    answer: undefined,
    keys,
    privateKey,
    token(claims = {}, header = {}, key = privateKey) {
      const iat = Math.floor(Date.now() / 1000);
      const usual = {
        iss: url,
        sub: "alice",
        sub_id: { format: "iss_sub", iss: "https://idp.test", sub: "alice" },
        aud: "https://agent.test",
        client_id: "coder",
        jti: "token-1",
        iat,
        exp: iat + 300,
        scope: "llm:read",
        act: { sub: "coder", iss: url, act: { sub: "research-agent", iss: url } },
        agent_auth: "none",
        sid: "session-1",
        dlg: "delegation-2",
        root: "delegation-1",
        anc: ["delegation-1"],
      };
      return signJws({ typ: "at+jwt", kid: "k1", ...header }, { ...usual, ...claims }, key);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return issuer;
}
