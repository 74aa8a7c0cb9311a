import { generateKeyPair, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { JWK } from "oidc-provider";

const generate = promisify(generateKeyPair);

/** What a dev issuer can sign with: RS256 is what most identity providers use. */
export type DevAlgorithm = "RS256" | "PS256" | "ES256" | "EdDSA";

/** A new private signing key, kept in memory only. */
export async function makeSigningKey(alg: DevAlgorithm): Promise<JWK> {
  const { privateKey } = await keyPair(alg);
  return { ...(privateKey.export({ format: "jwk" }) as JWK), kid: randomUUID(), alg, use: "sig" };
}

function keyPair(alg: DevAlgorithm) {
  switch (alg) {
    case "RS256":
    case "PS256":
      return generate("rsa", { modulusLength: 2048 });
    case "ES256":
      return generate("ec", { namedCurve: "P-256" });
    case "EdDSA":
      return generate("ed25519");
  }
}
