import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../services/gateway/src/core/strict-json.ts";
import { readJwkSet, SIGNATURE_ALGORITHMS } from "../../services/gateway/src/identity/oidc/jwk.ts";
import { createKeySet } from "../../services/gateway/src/identity/oidc/jwks.ts";
import { parseJws } from "../../services/gateway/src/identity/parse-jws.ts";
import { isSignedBy } from "../../services/gateway/src/identity/verify-signature.ts";
import { manualClock } from "../support/identity/manual-clock.ts";

/**
 * Project Wycheproof's JOSE vectors, driven through the very steps that a bearer token takes: strict parser, key set, key
 * pinning, signature. The claims come after, and are not what the vectors are about.
 */
const FOLDER = resolve(import.meta.dirname, "../../../shared/vectors/wycheproof");

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly comment: string;
    readonly public?: Json;
    readonly private?: Json;
    readonly tests: readonly { readonly tcId: number; readonly jws?: unknown; readonly result: string }[];
  }[];
}

/** Valid by the vectors, refused by us, and why that is right. */
const REFUSED: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  json_web_signature_test: new Map([
    ...[1, 348, 352, 357, 358, 359, 376, 377].map(
      (id) => [id, "HS256: no symmetric key comes from a key set"] as const,
    ),
    ...[346, 350].map((id) => [id, "PS384 with a key that says PS256: the key decides"] as const),
    ...[347, 351].map((id) => [id, "a key that says ES521, which is no algorithm"] as const),
    ...[372, 373].map((id) => [id, "a character that is not base64url: one spelling only"] as const),
  ]),
  json_web_key_test: new Map(
    [2, 13, 14, 15].map((id) => [id, "HMAC: no symmetric key comes from a key set"] as const),
  ),
};

for (const [name, refused] of Object.entries(REFUSED)) {
  const file = resolve(FOLDER, `${name}.json`);
  describe.skipIf(!existsSync(file))(
    `Wycheproof ${name} (skipped where ../shared/vectors is missing)`,
    () => {
      const vectors: Vectors = existsSync(file)
        ? JSON.parse(readFileSync(file, "utf8"))
        : { numberOfTests: 0, testGroups: [] };
      const cases = vectors.testGroups.flatMap((group) =>
        group.tests.map((one) => ({ ...one, key: group.public ?? group.private ?? null })),
      );

      test("is here whole", () => {
        expect(cases).toHaveLength(vectors.numberOfTests);
        expect(cases.filter(({ result }) => result === "valid").length).toBeGreaterThan(refused.size);
      });

      test("no false accept, and no false reject but those that are right", async () => {
        const wrong: string[] = [];
        for (const { tcId, jws, key, result } of cases) {
          const isAccepted = await accepts(typeof jws === "string" ? jws : JSON.stringify(jws), key);
          const isExpected = result === "valid" && !refused.has(tcId);
          if (isAccepted !== isExpected)
            wrong.push(`${tcId} (${result}): ${isAccepted ? "accepted" : "refused"}`);
        }
        expect(wrong).toEqual([]);
      });
    },
  );
}

async function accepts(token: string, key: Json): Promise<boolean> {
  const jws = parseJws(token);
  if (!jws.ok) return false;
  const isSet = typeof key === "object" && key !== null && Object.hasOwn(key, "keys");
  const reading = readJwkSet(isSet ? key : { keys: [key] }, SIGNATURE_ALGORITHMS);
  const set = createKeySet({ clock: manualClock(), load: async () => reading?.keys });
  const found = await set.find(jws.value);
  return found.ok && isSignedBy(jws.value, found.value.key);
}
