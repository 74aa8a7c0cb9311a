import { faultOfIssuer, isLoopbackUrl } from "../../config/address.ts";
import { isJsonObject } from "../../core/strict-json.ts";
import type { DiscoveryOptions } from "../../identity/oidc/discovery.ts";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { Send } from "../send.ts";
import type { ToolFlags } from "../tool.ts";
import { toolConfig } from "../tool-config.ts";
import { gatewayUrl } from "./gateway-url.ts";

/** Whom to ask for what. */
export interface LoginSettings {
  readonly discovery: DiscoveryOptions;
  readonly clientId: string;
  readonly audience: string | undefined;
}

interface Named {
  readonly issuer: string;
  readonly clientId: string | undefined;
  readonly audience: string | undefined;
}

/**
 * Flags, then the gateway that `--gateway` names, then this folder's configuration, then the gateway of the environment.
 * @throws CliError that says what to name
 */
export async function loginSettings(call: Call, flags: ToolFlags, send: Send): Promise<LoginSettings> {
  const { config, named } = await askAround(call, flags, send);
  const issuer = one(flags, "issuer") ?? named?.issuer;
  if (issuer === undefined)
    throw new CliError(
      "say who knows you: --issuer <url> --client-id <id>, --gateway <url>, or OIDC_ISSUER",
      {
        usage: true,
      },
    );
  const fault = faultOfIssuer(issuer);
  if (fault !== undefined) throw new CliError(`the issuer ${fault}`, { usage: true });
  // What is said of one issuer must not be used for another.
  const same = named?.issuer === issuer ? named : undefined;
  const clientId = one(flags, "client-id") ?? same?.clientId;
  if (clientId === undefined)
    throw new CliError(
      "say as which client: --client-id <id> (or OIDC_CLIENT_ID), a public client that may use the device grant",
      { usage: true },
    );
  const configured = config?.issuers.find((one) => one.issuer === issuer);
  return {
    discovery: {
      issuer,
      allowInsecure: configured?.allowInsecure ?? false,
      ...(configured?.discoveryUrl === undefined ? {} : { discoveryUrl: configured.discoveryUrl }),
    },
    clientId,
    audience: one(flags, "audience") ?? same?.audience,
  };
}

async function askAround(call: Call, flags: ToolFlags, send: Send) {
  const gateway = one(flags, "gateway");
  if (gateway !== undefined) return { config: undefined, named: await askGateway(gateway, send) };
  if (one(flags, "issuer") !== undefined && one(flags, "client-id") !== undefined && !hasConfig(flags)) {
    // Everything is said: a configuration that is wrong elsewhere need not be right for this.
    const config = quietConfig(call, flags);
    return { config, named: config?.login === null ? undefined : nameOf(config?.login) };
  }
  const config = toolConfig(call, flags);
  if (config.login !== null) return { config, named: nameOf(config.login) };
  const url = call.env["ATTACH_GATEWAY_URL"];
  return { config, named: url ? await askGateway(url, send) : undefined };
}

const hasConfig = (flags: ToolFlags) => flags["config"] !== undefined;

function quietConfig(call: Call, flags: ToolFlags) {
  try {
    return toolConfig(call, flags);
  } catch {
    return undefined;
  }
}

function nameOf(
  login: { issuer: string; clientId?: string; audience: string } | undefined,
): Named | undefined {
  return login && { issuer: login.issuer, clientId: login.clientId, audience: login.audience };
}

/** `GET /auth/config` of a gateway: what it trusts, a person may sign in at. */
async function askGateway(text: string, send: Send): Promise<Named> {
  const url = gatewayUrl(text);
  const answer = await send(`${url}/auth/config`);
  if (!answer.ok) throw new CliError(`the gateway at ${url} ${answer.reason}`);
  const { status, body } = answer.value;
  const { issuer, client_id, audience } = isJsonObject(body) ? body : {};
  if (status !== 200 || typeof issuer !== "string")
    throw new CliError(`the gateway at ${url} does not say how to sign in (status ${status})`);
  // A gateway elsewhere must not send anybody to a program on this machine.
  if (isLoopbackUrl(issuer) && !isLoopbackUrl(url))
    throw new CliError(`the gateway at ${url} names an issuer on this machine, which it cannot mean`);
  return {
    issuer,
    clientId: typeof client_id === "string" ? client_id : undefined,
    audience: typeof audience === "string" ? audience : undefined,
  };
}

export const one = (flags: ToolFlags, name: string): string | undefined => flags[name]?.[0];
