import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import type { ConfigMistake } from "./mistakes.ts";

/** The process's environment with `.env` behind it. Empty is unset. */
export interface Environment {
  get(name: string): string | undefined;
  /** A secret by its name, or by the file that `NAME_FILE` names. */
  secret(name: string): SecretReading;
}

/** `from`: the variable that was read, to name in a message. */
export type SecretReading =
  | { readonly value: string; readonly from: string }
  | { readonly mistake: ConfigMistake }
  | undefined;

export interface EnvironmentOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.env` is looked for, and what relative file names start from. */
  readonly cwd: string;
  readonly complain: (mistake: ConfigMistake) => void;
}

/** Largest file that is read as a secret, in bytes. */
const MAX_SECRET_BYTES = 64 * 1024;

/** Reads `.env` once; the process's own environment beats it name by name. */
export function readEnvironment({ env, cwd, complain }: EnvironmentOptions): Environment {
  const dotenv = readDotenv(cwd, complain);
  const get = (name: string) => presence(env[name]) ?? presence(dotenv[name]);
  return {
    get,
    secret(name) {
      const value = get(name);
      const file = get(`${name}_FILE`);
      if (file === undefined) return value === undefined ? undefined : { value, from: name };
      if (value !== undefined) return { mistake: twice(name) };
      return readSecretFile(`${name}_FILE`, resolve(cwd, file));
    },
  };
}

function presence(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function readDotenv(
  cwd: string,
  complain: (mistake: ConfigMistake) => void,
): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(join(cwd, ".env"), "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    if (codeOf(error) !== "ENOENT")
      complain({
        key: ".env",
        problem: `cannot be read (${codeOf(error)})`,
        example: "OIDC_ISSUER=https://login.example.com",
      });
    return {};
  }
}

function twice(name: string): ConfigMistake {
  return {
    key: `${name}_FILE`,
    problem: `is set, and so is ${name}: set one of the two`,
    example: `${name}_FILE=/run/secrets/${name.toLowerCase()}`,
  };
}

/** One trailing newline is an editor's, not the secret's. */
function readSecretFile(key: string, path: string): SecretReading {
  const example = `${key}=/run/secrets/${key.toLowerCase().replace(/_file$/, "")}`;
  try {
    const content = readFileSync(path);
    if (content.length > MAX_SECRET_BYTES)
      return { mistake: { key, problem: "names a file that is too large", example } };
    const value = content.toString("utf8").replace(/\r?\n$/, "");
    if (value === "") return { mistake: { key, problem: "names a file that is empty", example } };
    return { value, from: key };
  } catch (error) {
    return { mistake: { key, problem: `names a file that cannot be read (${codeOf(error)})`, example } };
  }
}

/** The system's code of a failure, such as `ENOENT`. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "error";
}
