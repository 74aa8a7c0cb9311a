import { systemClock } from "../../core/clock.ts";
import type { DiscoveryOptions } from "../../identity/oidc/discovery.ts";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { Send } from "../send.ts";
import { type Granted, readGrant, sayRefusal } from "./grant.ts";
import { discoverProvider } from "./provider.ts";
import { findLogin, keepLogin, type LoginKey, readLogins, withLock } from "./saved.ts";

export interface Renewal {
  readonly call: Call;
  readonly path: string;
  readonly key: LoginKey;
  readonly discovery: DiscoveryOptions;
  readonly send: Send;
}

/** A token that ends sooner than this, in milliseconds, is renewed first: it should outlive what it is fetched for. */
const MARGIN_MS = 60_000;

/**
 * The kept log-in's token, renewed where it is due (RFC 6749 §6).
 * @returns `undefined` where there is none, or it has ended
 * @throws CliError where the provider cannot be asked: the log-in is kept then
 */
export function renew({ call, path, key, discovery, send }: Renewal): Promise<Granted | undefined> {
  return withLock(path, async () => {
    const kept = findLogin(readLogins(path), key);
    if (kept === undefined || kept.expiresAt > systemClock.now() + MARGIN_MS) return kept;
    const { refreshToken } = kept;
    if (refreshToken === undefined) return undefined;
    const { tokenEndpoint } = await discoverProvider(discovery, send);
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: key.clientId };
    const { audience, resource } = key.parameters;
    const answer = await send(tokenEndpoint, {
      form: {
        ...form,
        ...(audience === undefined ? {} : { audience }),
        ...(resource === undefined ? {} : { resource }),
      },
    });
    if (!answer.ok) throw new CliError(`the identity provider ${answer.reason}`);
    const granted = readGrant(answer.value, systemClock.now());
    if ("accessToken" in granted) {
      // A provider that does not rotate says nothing: the old one is good for the next time.
      const next = { refreshToken, ...granted };
      keepLogin(path, key, next);
      return next;
    }
    if (answer.value.status >= 500)
      throw new CliError(`the identity provider failed: ${sayRefusal(granted)}`);
    call.tell(`The log-in could not be renewed: ${sayRefusal(granted)}`);
    keepLogin(path, key, undefined);
    return undefined;
  });
}
