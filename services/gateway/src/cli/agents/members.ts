import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";

/** Flags → the members that the registry's own schema then judges: nothing is checked twice. */
export function readMembers(flags: ToolFlags, cwd: string): Record<string, unknown> {
  const one = (name: string) => flags[name]?.[0];
  const members: Record<string, unknown> = {
    name: one("name"),
    auth: one("auth"),
    scopes: flags["scope"]?.flatMap((value) => value.split(/[\s,]+/)).filter((scope) => scope !== ""),
    audiences: flags["audience"],
    mayDelegateTo: flags["delegate-to"],
    ttl: readNumber(one("ttl"), "--ttl"),
    depth: readNumber(one("depth"), "--depth"),
    introspect: readSwitch(one("introspect")),
    owner: readOwner(one("owner")),
    endpoint: readEndpoint(flags),
    jwks: readJwks(one("jwks"), cwd),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function readOwner(text: string | undefined) {
  if (text === undefined) return undefined;
  const bar = text.lastIndexOf("|");
  if (bar <= 0) throw wrong("--owner is the issuer and the subject: --owner 'https://idp.example.com|alice'");
  return { iss: text.slice(0, bar), sub: text.slice(bar + 1) };
}

function readNumber(text: string | undefined, flag: string) {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw wrong(`${flag} is a whole number`);
  return Number(text);
}

function readSwitch(text: string | undefined) {
  if (text === undefined) return undefined;
  if (text !== "yes" && text !== "no") throw wrong("--introspect is yes or no");
  return text === "yes";
}

/** `--resource` is the endpoint's own address unless it is said. */
function readEndpoint(flags: ToolFlags) {
  const [url] = flags["endpoint"] ?? [];
  const [protocol] = flags["protocol"] ?? [];
  const [resource] = flags["resource"] ?? [];
  if (url !== undefined) return { url, protocol: protocol ?? "a2a", resource: resource ?? url };
  if (protocol !== undefined || resource !== undefined)
    throw wrong("--protocol and --resource go with --endpoint");
  return undefined;
}

function readJwks(path: string | undefined, cwd: string): unknown {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(resolve(cwd, path), "utf8"));
  } catch {
    throw wrong("--jwks names no file with a JWK Set");
  }
}

const wrong = (message: string) => new CliError(message, { usage: true });
