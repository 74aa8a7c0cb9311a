import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint, type JWK } from "jose";
import { type Keyring, KeyringError } from "../../core/keyring.ts";
import type { SigningAlgorithm, SigningKey, VerificationKey } from "../../core/ports/keys.ts";
import type { SigningKeyRow } from "../../core/ports/store.ts";
import { SigningKeyError, wrongSecret } from "./error.ts";

const generate = promisify(generateKeyPair);

/** NIST SP 800-57: good through 2030, and a key signs for weeks. */
const RSA_BITS = 2048;

/** A new key as it is kept: the private half as ciphertext only (S13). */
export async function makeKeyRow(
  about: Pick<SigningKeyRow, "alg" | "status"> & { readonly now: number },
  keyring: Keyring,
): Promise<SigningKeyRow> {
  const { alg, status, now } = about;
  const { privateKey, publicKey } = await makePair(alg);
  const kid = await thumbprint(publicKey);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    kid,
    alg,
    status,
    publicJwk: JSON.stringify(publicKey.export({ format: "jwk" })),
    sealedPrivateKey: seal(kid, pem, keyring),
    createdAt: now,
    changedAt: now,
  };
}

function makePair(alg: SigningAlgorithm) {
  return alg === "ES256"
    ? generate("ec", { namedCurve: "P-256" })
    : generate("rsa", { modulusLength: RSA_BITS });
}

/**
 * The public half is derived, not read: whoever can write to the store must not make us publish a key of theirs.
 * @throws SigningKeyError
 */
export async function openKey(row: SigningKeyRow, keyring: Keyring): Promise<SigningKey> {
  const privateKey = readPem(row, () => createPrivateKey(unseal(row, keyring)));
  const { publicKey } = await checkedKey(row, createPublicKey(privateKey));
  return { kid: row.kid, alg: row.alg, privateKey, publicKey };
}

/**
 * A retired key: sealed in place of the private half is the public one, so that it, too, can only be one of ours.
 * @throws SigningKeyError
 */
export async function openRetiredKey(row: SigningKeyRow, keyring: Keyring): Promise<VerificationKey> {
  return checkedKey(
    row,
    readPem(row, () => createPublicKey(unseal(row, keyring))),
  );
}

/** Its private half is gone for good: it can sign nothing more, for whoever comes by the store and the secret. */
export async function retireRow(row: SigningKeyRow, now: number, keyring: Keyring): Promise<SigningKeyRow> {
  const { publicKey } = await openKey(row, keyring);
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { ...row, status: "retired", changedAt: now, sealedPrivateKey: seal(row.kid, pem, keyring) };
}

/** The same row under the newest secret. @throws SigningKeyError */
export function resealRow(row: SigningKeyRow, keyring: Keyring): SigningKeyRow {
  if (keyring.isCurrent(row.sealedPrivateKey)) return row;
  return { ...row, sealedPrivateKey: seal(row.kid, unseal(row, keyring).toString("utf8"), keyring) };
}

const seal = (kid: string, pem: string, keyring: Keyring) => keyring.seal("signing-keys", kid, pem);

function unseal({ kid, sealedPrivateKey }: SigningKeyRow, keyring: Keyring): Buffer {
  try {
    return keyring.open("signing-keys", kid, sealedPrivateKey);
  } catch (cause) {
    throw cause instanceof KeyringError && cause.reason === "damaged"
      ? damaged(kid, cause)
      : wrongSecret(cause);
  }
}

function readPem({ kid }: SigningKeyRow, read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof SigningKeyError ? cause : damaged(kid, cause);
  }
}

async function checkedKey({ kid, alg }: SigningKeyRow, publicKey: KeyObject): Promise<VerificationKey> {
  const type = alg === "ES256" ? "ec" : "rsa";
  if (publicKey.asymmetricKeyType !== type || (await thumbprint(publicKey)) !== kid) {
    throw new SigningKeyError(`the signing key ${kid} in the store is not the key that its id says`);
  }
  return { kid, alg, publicKey };
}

function damaged(kid: string, cause: unknown): SigningKeyError {
  return new SigningKeyError(`the signing key ${kid} in the store is damaged: restore it from a backup`, {
    cause,
  });
}

/** RFC 7638. */
function thumbprint(publicKey: KeyObject): Promise<string> {
  return calculateJwkThumbprint(publicKey.export({ format: "jwk" }) as JWK);
}
