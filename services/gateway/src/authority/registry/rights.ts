import { expandScopes } from "@attach-dev/protocol";
import { GatewayError } from "../../core/errors.ts";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { type Manager, manages, notYours } from "./manager.ts";
import { isOurs } from "./targets.ts";

/**
 * May this manager make the record so? Who owns an agent sets all of it but what reaches beyond them:
 * - `introspect` is given by `admin`, because it reads what others' tokens say; and once it is given, what it reaches
 *   (`audiences`, `endpoint`) is `admin`'s as well, or the owner could point it at somebody else's resource;
 * - a place on the gateway itself as audience or resource is `admin`'s, because tokens for it pass everywhere here;
 * - a resource lies where its endpoint does, else tokens made for it would be sent to one place and pass at another;
 * - the ceiling stays within what the owner may: an agent that acts for itself (`client_credentials`) would carry the rest;
 *   so who gives it a credential, and could use it, may do all of what it stands for;
 * - an agent that acts for itself registers none: a second identity would outlive its suspension;
 * - it is handed to another owner by `admin` only.
 * Pure.
 */
export function judgeChange(
  manager: Manager,
  { before, after, takesCredential, publicUrl }: ChangeQuestion,
): GatewayError | undefined {
  if (manager.isAdmin) return undefined;
  if (before === undefined && manager.isAgent) return forAdmin("agents that an agent registers");
  if (!manages(manager, after.owner) || (before !== undefined && !manages(manager, before.owner)))
    return notYours();
  const wasOpen = before?.introspect ?? false;
  if (after.introspect !== wasOpen) return forAdmin("introspect");
  const targetsMoved = JSON.stringify(targetsOf(before)) !== JSON.stringify(targetsOf(after));
  if (after.introspect && targetsMoved)
    return forAdmin("audiences and endpoint of an agent that introspects");
  const claimed = targetsOf(after).filter((target) => !targetsOf(before).includes(target));
  if (claimed.some((target) => isOurs(target, publicUrl)))
    return forAdmin("an audience or resource on the gateway itself");
  if (after.endpoint !== null && targetsMoved && !isAtHome(after.endpoint))
    return forAdmin("a resource on another origin than its endpoint's url");
  return judgeCeiling(manager, takesCredential ? undefined : before, after);
}

interface ChangeQuestion {
  /** `undefined`: a new one. */
  readonly before: AgentRecord | undefined;
  readonly after: AgentRecord;
  /** Its answer or its request holds what the agent will prove itself by. */
  readonly takesCredential: boolean;
  readonly publicUrl: string;
}

function isAtHome({ url, resource }: NonNullable<AgentRecord["endpoint"]>): boolean {
  return new URL(url).origin === new URL(resource).origin;
}

function targetsOf(agent: AgentRecord | undefined): readonly string[] {
  if (agent === undefined) return [];
  const { audiences, endpoint } = agent;
  return endpoint === null ? audiences : [...audiences, endpoint.url, endpoint.resource];
}

function judgeCeiling(
  { scopes }: Manager,
  before: AgentRecord | undefined,
  after: AgentRecord,
): GatewayError | undefined {
  const had = expandScopes(before?.scopes ?? []);
  const beyond = (after.scopes ?? []).filter((scope) => !scopes.has(scope) && !had.has(scope));
  if (beyond.length === 0) return undefined;
  return new GatewayError(
    "forbidden",
    `an agent's ceiling stays within its owner's scopes: ${beyond.slice(0, 8).join(" ")}`,
  );
}

const forAdmin = (what: string) => new GatewayError("forbidden", `${what}: only admin may set this`);
