import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { compactVerify } from "jose";
import { describe, expect, test } from "vitest";
import type { Json } from "../../services/gateway/src/core/strict-json.ts";
import { readJwkSet, SIGNATURE_ALGORITHMS } from "../../services/gateway/src/identity/oidc/jwk.ts";
import { parseJws } from "../../services/gateway/src/identity/parse-jws.ts";
import { isSignedBy } from "../../services/gateway/src/identity/verify-signature.ts";

/**
 * Signatures of tokens and proofs are checked by `node:crypto` on the spot (docs/decisions/0006): Wycheproof's vectors, through
 * that and through jose.
 */
const FILE = resolve(import.meta.dirname, "../../../shared/vectors/wycheproof/json_web_signature_test.json");

interface Vectors {
  readonly testGroups: readonly {
    readonly public?: Json;
    readonly tests: readonly { readonly tcId: number; readonly jws?: unknown; readonly result: string }[];
  }[];
}

describe.skipIf(!existsSync(FILE))("Wycheproof (skipped where ../shared/vectors is missing)", () => {
  test("a signature is judged as jose judges it, and none that is bad is let through", async () => {
    const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
    const verdicts = { good: 0, bad: 0 };
    const wrong: string[] = [];
    for (const { public: key = null, tests } of vectors.testGroups) {
      const keys = readJwkSet({ keys: [key] }, SIGNATURE_ALGORITHMS)?.keys ?? [];
      for (const { tcId, jws: text, result } of tests) {
        const jws = parseJws(String(text));
        const one = keys[0];
        if (!jws.ok || one === undefined || !one.algorithms.has(jws.value.alg)) continue;
        const isGood = isSignedBy(jws.value, one);
        const { token, alg } = jws.value;
        const byJose = await compactVerify(token, one.publicKey, { algorithms: [alg] }).catch(
          () => undefined,
        );
        if (isGood !== (byJose !== undefined) || (isGood && result !== "valid")) {
          wrong.push(`${tcId} (${result}): ${isGood}`);
        }
        verdicts[isGood ? "good" : "bad"]++;
      }
    }
    expect(wrong).toEqual([]);
    expect(verdicts.good).toBeGreaterThan(10);
    expect(verdicts.bad).toBeGreaterThan(20);
  });
});
