import { systemClock } from "../../core/clock.ts";
import { type Call, EXIT, type StopSignal } from "../call.ts";
import { CliError } from "../cli-error.ts";
import { createSender, type Send } from "../send.ts";
import type { ToolFlags } from "../tool.ts";
import { signIn } from "./device.ts";
import { warnOf } from "./fit.ts";
import type { Granted } from "./grant.ts";
import { discoverProvider } from "./provider.ts";
import { renew } from "./renew.ts";
import { findLogin, keepLogin, type LoginKey, loginsPath, readLogins, withLock } from "./saved.ts";
import { type LoginSettings, loginSettings } from "./settings.ts";

/** 128 + SIGINT, as shells have it. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const satisfies Record<StopSignal, number>;

/** `attach-gateway login`: a user's token, by a kept log-in or a new one. */
export async function login(call: Call, flags: ToolFlags): Promise<number> {
  const has = (name: string) => flags[name] !== undefined;
  if (has("save") && has("print")) throw new CliError("--save and --print are two things", { usage: true });
  const sender = createSender();
  const stop = new AbortController();
  const send: Send = (url, sending) => sender.send(url, { signal: stop.signal, ...sending });
  let signal: StopSignal | undefined;
  call.onSignal((one) => {
    signal = one;
    stop.abort(new CliError("stopped: nobody was signed in"));
  });
  try {
    const settings = await loginSettings(call, flags, send);
    const key = keyOf(settings, flags);
    if (has("forget")) return forget(call, key);
    const provider = { ...settings, key, send, stop: stop.signal };
    const granted = await userToken(call, provider, {
      fresh: has("again") || has("print"),
      keep: !has("print"),
    });
    const warning = warnOf(granted.accessToken, settings.audience);
    if (warning !== undefined) call.tell(`warning: ${warning}`);
    if (has("save")) call.tell(`Signed in; kept in ${loginsPath(call)}`);
    else call.say(granted.accessToken);
    return EXIT.ok;
  } catch (error) {
    if (signal === undefined) throw error;
    call.tell("stopped: nobody was signed in");
    return INTERRUPTED[signal];
  } finally {
    sender.close();
  }
}

interface Asking extends LoginSettings {
  readonly key: LoginKey;
  readonly send: Send;
  readonly stop: AbortSignal;
}

async function userToken(
  call: Call,
  asking: Asking,
  { fresh, keep }: { readonly fresh: boolean; readonly keep: boolean },
): Promise<Granted> {
  const { key, send, stop } = asking;
  const path = loginsPath(call);
  if (!fresh && findLogin(readLogins(path), key) !== undefined) {
    const kept = await renew({ call, path, key, discovery: asking.discovery, send });
    if (kept !== undefined) return kept;
    call.tell("The log-in that was kept has ended");
  }
  const provider = await discoverProvider(asking.discovery, send);
  const { scope } = key.parameters;
  const offline = provider.offlineAccess && keep ? " offline_access" : "";
  const granted = await signIn({
    provider,
    clientId: key.clientId,
    parameters: { ...key.parameters, scope: scope ?? `openid${offline}` },
    send,
    now: systemClock.now,
    tell: call.tell,
    stop,
  });
  if (keep) await withLock(path, async () => keepLogin(path, key, granted));
  return granted;
}

/** Only what was asked for by name: a default that changes must not lose a log-in. */
export function keyOf({ discovery, clientId, audience }: LoginSettings, flags: ToolFlags): LoginKey {
  const words = (name: string) => flags[name]?.join(" ").trim();
  const [scope, resource] = [words("scope"), words("resource")];
  return {
    issuer: discovery.issuer,
    clientId,
    parameters: {
      ...(scope ? { scope } : {}),
      // Auth0 and others know it by this name; RFC 8707's is sent only where it is asked for, because Entra refuses it.
      ...(audience === undefined ? {} : { audience }),
      ...(resource ? { resource } : {}),
    },
  };
}

async function forget(call: Call, key: LoginKey): Promise<number> {
  const path = loginsPath(call);
  const known = findLogin(readLogins(path), key) !== undefined;
  if (known) await withLock(path, async () => keepLogin(path, key, undefined));
  call.tell(
    known ? "Forgotten. The identity provider's own session goes on" : "There was no log-in to forget",
  );
  return EXIT.ok;
}
