import { afterEach, beforeEach, expect, test } from "vitest";
import { type JwksServer, startJwksServer } from "../../../../test/support/identity/jwks-server.ts";
import { manualClock } from "../../../../test/support/identity/manual-clock.ts";
import { createOutbound } from "../../../../test/support/identity/outbound.ts";
import { ownKeys } from "../../../../test/support/identity/own-keys.ts";
import { makeKey, signToken } from "../../../../test/support/identity/tokens.ts";
import { tokenRefused } from "../http/challenge.ts";
import { createIdentity } from "./identity.ts";
import { createRevocations } from "./revocations.ts";

const key = makeKey("k1");
let server: JwksServer;
beforeEach(async () => {
  server = await startJwksServer([key.jwk]);
});
afterEach(() => server.close());

test("S20: while other processes' revocations do not arrive, nobody is let in, remembered or not; then all are again", async () => {
  const clock = manualClock();
  const url = "http://gateway.test";
  let stale = false;
  const identity = createIdentity({
    clock,
    outbound: createOutbound({ allowedHosts: ["127.0.0.1", "localhost"] }),
    issuers: [
      {
        issuer: server.issuer,
        audiences: [url],
        algorithms: ["ES256"],
        allowInsecure: false,
        skewSeconds: 0,
        acceptIdTokens: false,
        requireScopes: false,
      },
    ],
    own: { issuer: url, audience: url, keys: ownKeys() },
    revocations: createRevocations({ clock }),
    isStale: () => stale,
    userScopes: ["llm:read"],
    admins: [],
  });
  const iat = Math.floor(clock.now() / 1000);
  const token = (sub: string) => signToken(key, { iss: server.issuer, sub, aud: url, iat, exp: iat + 60 });
  const outcome = async (sub: string) => {
    const judged = await identity.verifyBearer(token(sub));
    return judged.ok ? "let in" : judged.reason;
  };
  // ES256 signs anew each time, so one text is remembered and the other is not.
  const remembered = token("alice");
  await identity.verifyBearer(remembered);
  stale = true;
  expect(await identity.verifyBearer(remembered)).toEqual({ ok: false, reason: "revocations_stale" });
  expect(await outcome("bob")).toBe("revocations_stale");
  expect(tokenRefused(url, "revocations_stale").status).toBe(503);
  stale = false;
  expect(await outcome("bob")).toBe("let in");
  identity.close();
});
