import { describe, expect, test } from "vitest";
import { makeKey, signToken, type TestAlgorithm } from "../../../../test/support/identity/tokens.ts";
import { isSignedBy } from "./verify-signature.ts";

const keyFor = (alg: TestAlgorithm) => {
  const key = makeKey("k", alg);
  return { key, token: signToken(key, { sub: "alice" }) };
};

describe("a signature", () => {
  test.each<TestAlgorithm>(["ES256", "RS256", "PS256", "EdDSA"])(
    "of %s is verified by its key and no other",
    (alg) => {
      const { key, token } = keyFor(alg);
      const algorithms = new Set([alg]);
      expect(isSignedBy({ token, alg }, { publicKey: key.publicKey, algorithms })).toBe(true);
      const other = makeKey("k", alg);
      expect(isSignedBy({ token, alg }, { publicKey: other.publicKey, algorithms })).toBe(false);
    },
  );

  test("that is good is refused under an algorithm its key is not pinned to", () => {
    const { key, token } = keyFor("RS256");
    const pinned = { publicKey: key.publicKey, algorithms: new Set(["PS256"]) };
    expect(isSignedBy({ token, alg: "RS256" }, pinned)).toBe(false);
    expect(isSignedBy({ token, alg: "PS256" }, pinned)).toBe(false);
  });

  test("by a key of another type is refused, not thrown over", () => {
    const { token } = keyFor("ES256");
    const { publicKey } = makeKey("k", "RS256");
    expect(isSignedBy({ token, alg: "ES256" }, { publicKey, algorithms: new Set(["ES256"]) })).toBe(false);
  });
});
