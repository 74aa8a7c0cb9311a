import { readFileSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import { createKeyring, KeyringError } from "../../core/keyring.ts";
import { inspectStore } from "../../store/inspect.ts";
import { type Finding, fail, good, warn } from "./finding.ts";

const hasModes = process.platform !== "win32";
const octal = (mode: number) => mode.toString(8).padStart(3, "0");

/** Can the database be opened, is its schema ours, and who else can read it? */
export function checkStore({ database }: Config): readonly Finding[] {
  const name = "store";
  const { path, exists, fault, version, latest, mode } = inspectStore(database);
  if (path === undefined) return [good(name, "in memory: it ends with the process")];
  if (fault !== undefined)
    return [
      fail(name, fault, "give the gateway's user that file and its folder, or name another: DATABASE_URL"),
    ];
  if (!exists) return [good(name, `${path} is not there yet: the gateway makes it`)];
  const schema =
    version === latest ? `schema version ${version}` : `schema version ${version}, becomes ${latest}`;
  const found = good(name, `${path} opens, ${schema}`);
  if (!hasModes || (mode & 0o077) === 0) return [found];
  return [
    found,
    warn("store permissions", `${path} can be read by other users (${octal(mode)})`, `chmod 600 ${path}`),
  ];
}

/** Is there a secret, for this user's eyes only, and is it the one the store is sealed under (S13)? */
export function checkSecret({ database, secret }: Config): readonly Finding[] {
  const name = "secret";
  const { secretFile, sealed } = inspectStore(database);
  if (secret !== undefined) return [checkSeal(secret, sealed, "ATTACH_SECRET")];
  if (secretFile === undefined) return [good(name, "made at each start, as the store is")];
  const { path, mode } = secretFile;
  if (mode === undefined) {
    if (sealed === undefined) return [good(name, `${path} is not there yet: the gateway makes it`)];
    return [
      fail(
        name,
        `${path} is gone, and the store is sealed under it`,
        "put it back from your backup, or set ATTACH_SECRET to what it held",
      ),
    ];
  }
  if (hasModes && (mode & 0o077) !== 0)
    return [
      fail(
        name,
        `${path} can be read by other users (${octal(mode)})`,
        `chmod 600 ${path}, and take a new secret`,
      ),
    ];
  return [checkSeal(readFileSync(path, "utf8").trim(), sealed, path)];
}

function checkSeal(secret: string, sealed: string | undefined, from: string): Finding {
  const name = "secret";
  if (sealed === undefined) return good(name, `${from} is there`);
  try {
    createKeyring(secret).open("secret-check", "secret-check", sealed);
    return good(name, `${from} opens the store`);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    return fail(
      name,
      `${from} is not what the store is sealed under`,
      "list the earlier secret behind the new one (new,old), or put it back",
    );
  }
}
