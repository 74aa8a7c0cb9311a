import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

const KID = "bench";

export interface BenchIssuer {
  readonly issuer: string;
  /** RS256 access tokens, each of a user of its own. */
  readonly tokens: readonly string[];
  /** For peers that verify with a key file, PEM. */
  readonly publicKey: string;
  /** As many more, that nobody has seen yet. */
  sign(count: number, scope?: string): Promise<string[]>;
  close(): void;
}

/** A key set on a loopback port, and `count` tokens signed by it that outlive any run. */
export async function startIssuer(audience: string, count: number): Promise<BenchIssuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: KID, alg: "RS256", use: "sig" };
  let issuer = "";
  const server = createServer((request, response) => {
    const metadata = { issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: ["RS256"] };
    const body = request.url === "/jwks" ? { keys: [jwk] } : metadata;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  issuer = `http://127.0.0.1:${await listen(server)}`;
  let signed = 0;
  const sign = (count: number, scope = "openid llm:read"): Promise<string[]> =>
    Promise.all(
      Array.from({ length: count }, () => {
        signed += 1;
        return new SignJWT({ client_id: "bench", scope })
          .setProtectedHeader({ alg: "RS256", kid: KID, typ: "at+jwt" })
          .setIssuer(issuer)
          .setSubject(`user-${signed}`)
          .setAudience(audience)
          .setJti(`bench-${signed}`)
          .setIssuedAt()
          .setExpirationTime("2h")
          .sign(privateKey);
      }),
    );
  const tokens = await sign(count);
  return { issuer, tokens, sign, publicKey: await exportSPKI(publicKey), close: () => server.close() };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
