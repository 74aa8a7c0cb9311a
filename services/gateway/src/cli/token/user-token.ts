import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import { keyOf } from "../login/login.ts";
import { renew } from "../login/renew.ts";
import { loginsPath, readLogins } from "../login/saved.ts";
import { loginSettings, one } from "../login/settings.ts";
import type { Send } from "../send.ts";
import type { ToolFlags } from "../tool.ts";

/**
 * Whose agent it is: `--user-token -` is standard input; a file; the environment; the log-in that was kept, renewed.
 * @throws CliError that says how to give one
 */
export async function findUserToken(
  call: Call,
  flags: ToolFlags,
  { gateway, send }: { readonly gateway: string; readonly send: Send },
): Promise<string> {
  const [word, file] = [one(flags, "user-token"), one(flags, "user-token-file")];
  if (word !== undefined && file !== undefined)
    throw new CliError("--user-token and --user-token-file are two users", { usage: true });
  if (word === "-") return asToken(await call.readInput?.(), "standard input");
  if (word !== undefined) return asToken(word, "--user-token");
  if (file !== undefined) return asToken(readSecret(call, file, "--user-token-file"), "--user-token-file");
  const env = call.env["ATTACH_USER_TOKEN"]?.trim();
  if (env) return asToken(env, "ATTACH_USER_TOKEN");
  return keptToken(call, { ...flags, gateway: [gateway] }, send);
}

/** The gateway is asked first who its users are, so that the log-in is one that it takes. */
async function keptToken(call: Call, flags: ToolFlags, send: Send): Promise<string> {
  const settings = await loginSettings(call, flags, send);
  const path = loginsPath(call);
  // Whatever scopes it was asked for with: --scope is the agent's here.
  const wanted = keyOf(settings, {});
  const key = readLogins(path).findLast(
    ({ issuer, clientId, parameters }) =>
      issuer === wanted.issuer &&
      clientId === wanted.clientId &&
      parameters["audience"] === wanted.parameters["audience"],
  );
  const granted = key && (await renew({ call, path, key, discovery: settings.discovery, send }));
  if (granted !== undefined) return granted.accessToken;
  throw new CliError(
    "nobody is signed in: run `attach-gateway login` first (with the same --gateway), or give a token by --user-token - or ATTACH_USER_TOKEN",
  );
}

/** @throws CliError where it cannot be read; its content is never told */
export function readSecret(call: Call, file: string, flag: string): string {
  try {
    return readFileSync(resolve(call.cwd, file), "utf8").trim();
  } catch (error) {
    throw new CliError(`${flag} names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function asToken(text: string | undefined, from: string): string {
  const token = text?.trim() ?? "";
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw new CliError(`${from} holds no token`, { usage: true });
}
