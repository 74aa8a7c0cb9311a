import { type Actor, expandScopes, parseScope } from "@attach-dev/protocol";
import { isIdentifier, type Owner } from "../../core/owner.ts";
import type { PolicyQuestion } from "../../core/ports/policy.ts";
import type { Principal } from "../../core/principal.ts";
import { readTarget } from "../../http/path.ts";
import { requiredScopeBelow } from "../../llm/scopes.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";

/** What the configuration adds to a question. */
export interface Surroundings {
  readonly publicUrl: string;
  readonly upstream: { readonly name: string; readonly url: string };
}

/**
 * The question that the flags describe.
 * @throws CliError where they describe none
 */
export function readQuestion(flags: ToolFlags, { publicUrl, upstream }: Surroundings): PolicyQuestion {
  const action = one(flags, "action") ?? "call";
  if (action === "call") {
    const method = (one(flags, "method") ?? "POST").toUpperCase();
    const path = readPath(required(flags, "path"));
    const scope = requiredScopeBelow(basePath(upstream.url), method, path);
    const principal = readPrincipal(flags, readScopes(flags) ?? [scope]);
    const model = one(flags, "model") ?? null;
    return {
      action,
      principal,
      upstream: one(flags, "upstream") ?? upstream.name,
      method,
      path,
      scope,
      model,
    };
  }
  if (action !== "exchange" && action !== "account" && action !== "delegate")
    throw wrong("--action must be one of call, exchange, account, delegate");
  const scopes = readScopes(flags) ?? [];
  const audience = one(flags, "audience") ?? publicUrl;
  if (action === "account") return accountQuestion(flags, { scopes, audience });
  const subject = readPrincipal(flags, scopes);
  const to = identifier(required(flags, "to"), "--to");
  const registered = flags["to-registered"] !== undefined;
  if (action === "exchange") return { action, subject, agent: to, registered, scopes, audience };
  if (subject.kind !== "agent") throw wrong("--action delegate needs --agent: who hands on");
  return { action, subject, from: subject.agent, to, registered, scopes, audience };
}

/** A service account is its own owner: `--user` names it, by `PUBLIC_URL` and its id. */
function accountQuestion(
  flags: ToolFlags,
  asked: { readonly scopes: readonly string[]; readonly audience: string },
): PolicyQuestion {
  const { agent: _, ...own } = flags;
  const subject = readPrincipal({ ...own, service: [""] }, asked.scopes);
  return { action: "account", subject, agent: subject.owner.sub, registered: true, ...asked };
}

function readPrincipal(flags: ToolFlags, scopes: readonly string[]): Principal {
  const owner = readUser(required(flags, "user"));
  const agent = one(flags, "agent");
  const has = (name: string) => flags[name] !== undefined;
  const verified = {
    owner,
    scopes: expandScopes(scopes),
    expiresAt: Number.POSITIVE_INFINITY,
    issuedAt: 0,
    audiences: [],
    jkt: has("bound") ? "bound" : null,
  };
  if (agent === undefined) return { ...verified, kind: has("service") ? "service" : "user", jti: null };
  const earlier = (one(flags, "chain") ?? "").split(/[\s,]+/).filter((id) => id !== "");
  const act = nest([identifier(agent, "--agent"), ...earlier.map((id) => identifier(id, "--chain"))]);
  const agentAuth = has("registered") ? "private_key_jwt" : "none";
  const ids = { jti: "", session: "", delegation: "", root: "", ancestors: [] };
  return { ...verified, kind: "agent", agent, act, agentAuth, ...ids };
}

/** The current actor first. */
function nest([sub = "", ...earlier]: readonly string[]): Actor {
  return earlier.length === 0 ? { sub, iss: "" } : { sub, iss: "", act: nest(earlier) };
}

function readUser(text: string): Owner {
  const bar = text.indexOf("|");
  const [iss, sub] = [text.slice(0, bar), text.slice(bar + 1)];
  if (bar === -1 || !isIdentifier(iss) || !isIdentifier(sub))
    throw wrong("--user must be issuer and subject with a | between, in quotes");
  return { iss, sub, tenant: null };
}

function readPath(text: string): string {
  const target = readTarget(text);
  if (!target.ok) throw wrong("--path is one that the gateway refuses in any case (400)");
  return target.value.path;
}

function readScopes(flags: ToolFlags): readonly string[] | undefined {
  const text = one(flags, "scope");
  if (text === undefined) return undefined;
  const scopes = parseScope(
    text
      .trim()
      .split(/[\s,]+/)
      .join(" "),
  );
  if (scopes === undefined) throw wrong("--scope must be a list of scopes");
  return scopes;
}

/** As the relay takes it. */
const basePath = (url: string) => new URL(url).pathname.replace(/\/+$/, "").toLowerCase();

const one = (flags: ToolFlags, name: string): string | undefined => flags[name]?.[0];

function required(flags: ToolFlags, name: string): string {
  const value = one(flags, name);
  if (value === undefined) throw wrong(`--${name} is missing`);
  return value;
}

function identifier(value: string, flag: string): string {
  if (!isIdentifier(value)) throw wrong(`${flag} must be visible ASCII, 255 characters at most`);
  return value;
}

const wrong = (message: string) => new CliError(message, { usage: true });
