import { adoptSecret } from "../../authority/keys/adopt-secret.ts";
import { loadSigningKeys } from "../../authority/keys/signing-keys.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../core/clock.ts";
import { createKeyring } from "../../core/keyring.ts";
import { openStore } from "../../store/open.ts";
import { ensureSecretFile } from "../../store/secret-file.ts";

/** Makes what all workers share, once and before the first of them: the schema, the secret, the signing keys. */
export async function prepareStore(config: Config): Promise<void> {
  const store = await openStore(config.database);
  try {
    const keyring = createKeyring(config.secret ?? (await ensureSecretFile(config.database)));
    await adoptSecret({ store, keyring, clock: systemClock });
    const silent = { info() {}, warn() {}, error() {} };
    const keys = await loadSigningKeys({
      store,
      keyring,
      clock: systemClock,
      ...config.signing,
      log: silent,
    });
    keys.close();
  } finally {
    await store.close();
  }
}
