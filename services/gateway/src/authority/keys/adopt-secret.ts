import type { Clock } from "../../core/clock.ts";
import type { Keyring } from "../../core/keyring.ts";
import type { Store } from "../../core/ports/store.ts";
import { keyRotated } from "../events.ts";
import { wrongSecret } from "./error.ts";
import { resealRow } from "./key-row.ts";

/** What must be the same over all secrets: made of the first one, and kept sealed from then on. */
export interface LastingKeys {
  /** 32 bytes. Session ids would change under a caller's feet, and revoked ones come back, if they followed the secret. */
  readonly sessions: Buffer;
  /** Newest way first. A hash of a client's secret cannot be made anew, so its key must outlive `ATTACH_SECRET`. */
  readonly clientSecrets: readonly Buffer[];
}

export interface SecretOptions {
  readonly store: Pick<Store, "loadSigningKeys" | "replaceSigningKeys" | "rememberOnce" | "replaceFact">;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

const CHECK = "secret-check";

/**
 * Puts everything that is sealed under the newest secret of the list, so that the earlier ones can be left out from then on
 * (S13). The check value comes last: a crash on the way leaves what is done again at the next start.
 * @throws SigningKeyError where `ATTACH_SECRET` is not the one this store is sealed under: the program must not start
 */
export async function adoptSecret(options: SecretOptions): Promise<LastingKeys> {
  const { store, keyring } = options;
  const check = await store.rememberOnce(CHECK, keyring.seal(CHECK, CHECK, CHECK));
  open(() => keyring.open(CHECK, CHECK, check));
  await resealKeys(options);
  const sessions = await lastingKey("sessions", options);
  const clients = await lastingKey("client-secrets", options);
  if (!keyring.isCurrent(check)) await store.replaceFact(CHECK, keyring.seal(CHECK, CHECK, CHECK));
  const clientSecrets = [clients, ...keyring.subkeys("client-secrets").filter((key) => !key.equals(clients))];
  return { sessions, clientSecrets };
}

/** Tried again where another process has just begun to sign with another key. */
const ATTEMPTS = 5;

async function resealKeys({ store, keyring, clock }: SecretOptions): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const rows = await store.loadSigningKeys();
    const active = rows.findLast(({ status }) => status === "active");
    if (active === undefined || rows.every((row) => keyring.isCurrent(row.sealedPrivateKey))) return;
    const keys = rows.map((row) => resealRow(row, keyring));
    const event = keyRotated(active.kid, "sealed under a new secret", clock.now());
    if ((await store.replaceSigningKeys({ expected: active.kid, keys, event })) === "replaced") return;
  }
}

/** Made of the oldest secret of the list: what a store from before this has used until now. */
async function lastingKey(
  purpose: "sessions" | "client-secrets",
  { store, keyring }: SecretOptions,
): Promise<Buffer> {
  const name = `key:${purpose}`;
  const first = keyring.subkeys(purpose).at(-1) ?? keyring.subkey(purpose);
  const sealed = await store.rememberOnce(name, keyring.seal(purpose, name, first.toString("hex")));
  const hex = open(() => keyring.open(purpose, name, sealed)).toString("utf8");
  if (!keyring.isCurrent(sealed)) await store.replaceFact(name, keyring.seal(purpose, name, hex));
  return Buffer.from(hex, "hex");
}

function open(unseal: () => Buffer): Buffer {
  try {
    return unseal();
  } catch (cause) {
    throw wrongSecret(cause);
  }
}
