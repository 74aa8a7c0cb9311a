/**
 * What one verification costs, in this process and on one core: tokens of our own (ES256) that are new, that are remembered, and from a
 * revocation being applied to the refusal. Prints microseconds as JSON: of processor time for the first two, which what else the
 * machine does disturbs least.
 */
import { generateKeyPairSync } from "node:crypto";
import { signToken } from "../../../services/gateway/src/authority/mint.ts";
import { uuidv7 } from "../../../services/gateway/src/core/ids.ts";
import type { SigningKey } from "../../../services/gateway/src/core/ports/keys.ts";
import { createIdentity } from "../../../services/gateway/src/identity/identity.ts";
import { createRevocations } from "../../../services/gateway/src/identity/revocations.ts";
import { createOutbound } from "../../support/identity/outbound.ts";

const ISSUER = "http://gateway.bench";
const NEW = 4_000;
const AGAIN = 1_000_000;
const key: SigningKey = { kid: "k", alg: "ES256", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
const keys = {
  active: () => key,
  find: (kid: string) => (kid === key.kid ? key : undefined),
  findEver: (kid: string) => (kid === key.kid ? key : undefined),
  jwks: () => ({ keys: [] }),
};
const clock = { now: Date.now };
const revocations = createRevocations({ clock });
const identity = createIdentity({
  clock,
  issuers: [],
  own: { issuer: ISSUER, audience: ISSUER, keys },
  revocations,
  outbound: createOutbound({}),
  userScopes: ["llm:read"],
  admins: [],
});

const ids: string[] = [];
const tokens = Array.from({ length: 2 * NEW }, (_, n) => {
  const now = Date.now();
  const [jti, dlg] = [uuidv7(now), uuidv7(now)];
  ids.push(jti);
  const second = Math.floor(now / 1000);
  const owner = { iss: "https://idp.bench", sub: `user-${n}` };
  const claims = {
    ...{ iss: ISSUER, sub: owner.sub, sub_id: { format: "iss_sub" as const, ...owner }, aud: ISSUER },
    ...{ client_id: "bench-agent", act: { sub: "bench-agent", iss: ISSUER }, agent_auth: "none" as const },
    ...{
      jti,
      dlg,
      root: dlg,
      anc: [],
      sid: "a".repeat(64),
      scope: "llm:read",
      iat: second,
      exp: second + 3600,
    },
  };
  return signToken(claims, key);
});

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function verifyAll(some: readonly string[]): Promise<number> {
  const before = cpuMicroseconds();
  for (const token of some) if (!(await identity.verifyBearer(token)).ok) throw new Error("refused");
  return (cpuMicroseconds() - before) / some.length;
}

await verifyAll(tokens.slice(0, NEW));
const fresh = await verifyAll(tokens.slice(NEW));

const kept = tokens.slice(-100);
const again = (times: number) => {
  const before = cpuMicroseconds();
  for (let n = 0; n < times; n++) {
    const verified = identity.verifyBearer(kept[n % kept.length] ?? "");
    if (verified instanceof Promise || !verified.ok) throw new Error("not remembered");
  }
  return (cpuMicroseconds() - before) / times;
};
again(AGAIN / 10);
const remembered = again(AGAIN);

const waits: number[] = [];
for (let n = 1; n <= 100; n++) {
  const token = tokens.at(-n) ?? "";
  const began = performance.now();
  revocations.apply({ kind: "jti", value: ids.at(-n) ?? "", at: Date.now(), until: Date.now() + 3_600_000 });
  const judged = await identity.verifyBearer(token);
  waits.push((performance.now() - began) * 1000);
  if (judged.ok) throw new Error("a revoked token was let in");
}
waits.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ remembered, fresh, revoked: waits.at(-2) }));
await identity.close();
