import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayProcess, startGateway } from "../gateway.ts";
import { type JwksServer, startJwksServer } from "../identity/jwks-server.ts";
import { makeKey, signToken } from "../identity/tokens.ts";

const PUBLIC_URL = "https://gateway.test";

/** The relay's tests run on either client: `ATTACH_TEST_LANE=undici`. */
const LANE = process.env["ATTACH_TEST_LANE"];

/** The real program between an issuer's key set and an engine of the test's own. */
export interface Rig {
  readonly gateway: GatewayProcess;
  readonly url: string;
  readonly issuer: JwksServer;
  /** A user's access token. */
  readonly token: string;
  /** `Authorization: Bearer …`, with its line end. */
  readonly bearer: string;
  /** Another user's token. */
  tokenOf(sub: string): string;
  stop(): Promise<void>;
}

/** @param engine its address, or the `upstreams` of an attach.yaml */
export async function startRig(
  engine: string | readonly Readonly<Record<string, unknown>>[],
  env: Readonly<Record<string, string>> = {},
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "attach-rig-"));
  if (typeof engine !== "string")
    await writeFile(join(folder, "attach.yaml"), JSON.stringify({ upstreams: engine }));
  const key = makeKey("idp", "ES256");
  const issuer = await startJwksServer([key.jwk]);
  const tokenOf = (sub: string): string => {
    const now = Math.floor(Date.now() / 1000);
    return signToken(
      key,
      { iss: issuer.issuer, sub, aud: PUBLIC_URL, iat: now, exp: now + 3600 },
      { typ: "at+jwt" },
    );
  };
  const gateway = await startGateway({
    folder,
    env: {
      OIDC_ISSUER: issuer.issuer,
      PUBLIC_URL,
      ...(typeof engine === "string" ? { ENGINE_URL: engine } : {}),
      ...(LANE === undefined ? {} : { RELAY_LANE: LANE }),
      ...env,
    },
  });
  const token = tokenOf("alice");
  return {
    gateway,
    url: gateway.url,
    issuer,
    token,
    bearer: `Authorization: Bearer ${token}\r\n`,
    tokenOf,
    async stop() {
      await gateway.stop();
      await issuer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
