import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { Clock } from "../core/clock.ts";
import { type Keyring, KeyringError } from "../core/keyring.ts";
import type { SigningKey, SigningKeys } from "../core/ports/keys.ts";
import type { SigningKeyRow, Store } from "../core/ports/store.ts";
import { keyCreated } from "./events.ts";

export interface SigningKeyOptions {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/** The keys in the store cannot be used; the message says what to do and is meant for the operator. */
class SigningKeyError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "SigningKeyError";
  }
}

/**
 * The authority's keys, the first one made on first start. The private half is at rest as ciphertext only (S13). Processes
 * that start at once agree on one key.
 * @throws SigningKeyError where `ATTACH_SECRET` is not the one they were sealed under: the program must not start
 */
export async function loadSigningKeys({ store, keyring, clock }: SigningKeyOptions): Promise<SigningKeys> {
  await checkSecret(store, keyring);
  const standing = await store.loadSigningKeys();
  const rows = standing.length > 0 ? standing : await makeFirstKey({ store, keyring, clock });
  const keys = await Promise.all(rows.map((row) => openKey(row, keyring)));
  const active = keys[rows.findLastIndex(({ status }) => status === "active")];
  if (active === undefined)
    throw new SigningKeyError("the store has signing keys, and none of them is active");
  return publish(keys, active);
}

const CHECK = "secret-check";

/** A value that only the secret it was sealed under opens: tells a wrong secret before anything is built on it. */
async function checkSecret(store: Store, keyring: Keyring): Promise<void> {
  const check = await store.rememberOnce(CHECK, keyring.seal(CHECK, CHECK, CHECK));
  try {
    keyring.open(CHECK, CHECK, check);
  } catch (cause) {
    throw wrongSecret(cause);
  }
}

async function makeFirstKey({ store, keyring, clock }: SigningKeyOptions): Promise<readonly SigningKeyRow[]> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = await thumbprint(publicKey);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const createdAt = clock.now();
  const row: SigningKeyRow = {
    kid,
    alg: "ES256",
    status: "active",
    publicJwk: JSON.stringify(publicKey.export({ format: "jwk" })),
    sealedPrivateKey: keyring.seal("signing-keys", kid, pem),
    createdAt,
    changedAt: createdAt,
  };
  return store.addFirstSigningKey(row, keyCreated(kid, createdAt));
}

/** The public half is derived, not read: whoever can write to the store must not make us publish a key of theirs. */
async function openKey({ kid, alg, sealedPrivateKey }: SigningKeyRow, keyring: Keyring): Promise<SigningKey> {
  const privateKey = createPrivateKey(unseal(kid, sealedPrivateKey, keyring));
  const publicKey = createPublicKey(privateKey);
  if ((await thumbprint(publicKey)) !== kid) {
    throw new SigningKeyError(`the signing key ${kid} in the store is not the key that its id says`);
  }
  return { kid, alg, privateKey, publicKey };
}

function unseal(kid: string, sealed: string, keyring: Keyring): Buffer {
  try {
    return keyring.open("signing-keys", kid, sealed);
  } catch (cause) {
    if (cause instanceof KeyringError && cause.reason === "damaged") {
      throw new SigningKeyError(`the signing key ${kid} in the store is damaged: restore it from a backup`, {
        cause,
      });
    }
    throw wrongSecret(cause);
  }
}

function wrongSecret(cause: unknown): SigningKeyError {
  return new SigningKeyError(
    "ATTACH_SECRET is not the one that this database was first used with: set the earlier one again " +
      "(to change it, put the new one before it, separated by a comma), or name another database in DATABASE_URL",
    { cause },
  );
}

/** RFC 7638. */
function thumbprint(publicKey: KeyObject): Promise<string> {
  return calculateJwkThumbprint(publicKey.export({ format: "jwk" }) as JWK);
}

function publish(keys: readonly SigningKey[], active: SigningKey): SigningKeys {
  const byId = new Map(keys.map((key) => [key.kid, key]));
  const jwks = {
    keys: keys.map(({ kid, alg, publicKey }) => ({
      ...(publicKey.export({ format: "jwk" }) as JWK),
      kid,
      alg,
      use: "sig",
    })),
  };
  return { active: () => active, find: (kid) => byId.get(kid), jwks: () => jwks };
}
