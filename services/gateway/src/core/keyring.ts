import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The uses that have a key of their own: learning one tells nothing about another. */
export type KeyPurpose =
  | "signing-keys"
  | "sessions"
  | "dpop-nonces"
  | "siwe-nonces"
  | "secret-check"
  | "client-secrets"
  | "tasks"
  | "pushes"
  | "memory-spool"
  | "memory-hashes";

/** Keys derived from `ATTACH_SECRET` (S13). */
export interface Keyring {
  /** 32 bytes for one purpose, of the newest secret. */
  subkey(purpose: KeyPurpose): Buffer;
  /** The same of every secret of the list, newest first: for what an earlier one has made. */
  subkeys(purpose: KeyPurpose): readonly Buffer[];
  /** Encrypts under the newest secret, bound to what it is (`purpose`) and which one it is (`id`). */
  seal(purpose: KeyPurpose, id: string, plaintext: string): string;
  /** Decrypts what any secret of the list has sealed for this purpose and id. @throws KeyringError */
  open(purpose: KeyPurpose, id: string, sealed: string): Buffer;
  /** Was this sealed under the newest secret? What was not, the earlier ones are still needed for. */
  isCurrent(sealed: string): boolean;
}

/**
 * `secret`: the list is unfit. `unknown_secret`: sealed under a secret that is not in the list. `damaged`: altered, or
 * sealed as something else. Never names a secret.
 */
export class KeyringError extends Error {
  readonly reason: "secret" | "unknown_secret" | "damaged";

  constructor(reason: KeyringError["reason"], message: string) {
    super(message);
    this.name = "KeyringError";
    this.reason = reason;
  }
}

const MIN_SECRET_BYTES = 32;
const FORMAT = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface Version {
  readonly id: string;
  derive(label: string): Buffer;
  /** The key that things of a purpose are sealed with: derived once, since that takes longer than sealing. */
  sealing(purpose: KeyPurpose): Buffer;
}

/**
 * @param secrets opaque text of at least 32 bytes in UTF-8; several are separated by commas, newest first
 * @throws KeyringError where one is too short
 */
export function createKeyring(secrets: string): Keyring {
  const [newest, ...previous] = secrets.split(",").map((secret) => version(secret.trim()));
  if (newest === undefined) throw tooShort();
  const versions = new Map([newest, ...previous].map((entry) => [entry.id, entry]));
  return {
    subkey: (purpose) => newest.derive(`use/${purpose}`),
    subkeys: (purpose) => [newest, ...previous].map((entry) => entry.derive(`use/${purpose}`)),
    seal(purpose, id, plaintext) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", newest.sealing(purpose), iv);
      cipher.setAAD(associated(newest.id, purpose, id));
      const body = Buffer.concat([iv, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return [FORMAT, newest.id, body.toString("base64url")].join(".");
    },
    isCurrent: (sealed) => sealed.startsWith(`${FORMAT}.${newest.id}.`),
    open(purpose, id, sealed) {
      const [format, keyId = "", text = "", ...rest] = sealed.split(".");
      const body = Buffer.from(text, "base64url");
      if (format !== FORMAT || rest.length > 0 || body.length < IV_BYTES + TAG_BYTES) throw damaged(purpose);
      const key = versions.get(keyId);
      if (key === undefined) throw unknownSecret(purpose);
      const decipher = createDecipheriv("aes-256-gcm", key.sealing(purpose), body.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(associated(keyId, purpose, id));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw damaged(purpose);
      }
    },
  };
}

/** One secret of the list. Its id is derived too: it says which secret sealed something, and nothing about it. */
function version(secret: string): Version {
  if (Buffer.byteLength(secret, "utf8") < MIN_SECRET_BYTES) throw tooShort();
  const derive = (label: string) =>
    Buffer.from(hkdfSync("sha256", secret, "", `attach-gateway/1/${label}`, 32));
  const known = new Map<KeyPurpose, Buffer>();
  const sealing = (purpose: KeyPurpose): Buffer => {
    const key = known.get(purpose) ?? derive(`seal/${purpose}`);
    known.set(purpose, key);
    return key;
  };
  return { id: derive("key-id").subarray(0, 8).toString("hex"), derive, sealing };
}

/** JSON of an array, so that no two triples read the same. */
function associated(keyId: string, purpose: KeyPurpose, id: string): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, purpose, id]));
}

const tooShort = () =>
  new KeyringError(
    "secret",
    `ATTACH_SECRET: each secret of the list needs at least ${MIN_SECRET_BYTES} bytes`,
  );
const damaged = (purpose: KeyPurpose) =>
  new KeyringError("damaged", `sealed text (${purpose}) is damaged or is not what its place says`);
const unknownSecret = (purpose: KeyPurpose) =>
  new KeyringError(
    "unknown_secret",
    `something (${purpose}) was sealed under a secret that ATTACH_SECRET does not list`,
  );
