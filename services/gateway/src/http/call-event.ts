import type { Actor } from "@attach-dev/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { AuditEvent } from "../core/ports/audit.ts";
import type { Principal } from "../core/principal.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The policy that decided about this call; `null` where none was asked. For the audit trail. */
    decidedBy: string | null;
    /** What would have refused it, were refusals not only reported; `null`: nothing. */
    wouldRefuse: string | null;
  }
}

export function decorateCall(app: FastifyInstance): void {
  app.decorateRequest("decidedBy", null);
  app.decorateRequest("wouldRefuse", null);
}

/** How a call ended. */
export interface CallOutcome {
  readonly time: number;
  readonly session: string | null;
  /** The scope that the route needs. */
  readonly scope: string;
  /** What the client was told; 0 where it left before. */
  readonly status: number;
  /** The gateway's own word for what went wrong; `null` where the engine answered. */
  readonly code: string | null;
  readonly aborted: boolean;
}

/** Longest path that a row holds; the rest of it is what an attacker would fill a disk with. */
const MAX_PATH = 512;

/** A call that was let through, for the audit trail: `200 scope=llm:read`. Never a query, a header or a body. */
export function callAllowed(request: FastifyRequest, outcome: CallOutcome): AuditEvent {
  const { status, code, aborted, scope } = outcome;
  let reason = `${status} scope=${scope}`;
  if (code !== null) reason += ` ${code}`;
  if (aborted) reason += " aborted";
  if (request.wouldRefuse !== null) reason += ` would_refuse=${request.wouldRefuse}`;
  return callEvent(request, outcome, { decision: "allow", reason });
}

/** A call that a scope, a policy or a limit refused. Only for a verified principal: whoever has no token cannot fill the trail. */
export function callRefused(
  request: FastifyRequest,
  refusal: {
    readonly time: number;
    readonly scope: string;
    readonly code: string;
    /** 403 unless it says otherwise. */
    readonly status?: number;
  },
): AuditEvent {
  const { status = 403, scope, code } = refusal;
  const reason = `${status} scope=${scope} ${code}`;
  return callEvent(request, { time: refusal.time, session: null }, { decision: "deny", reason });
}

function callEvent(
  { id, method, principal, target, decidedBy }: FastifyRequest,
  { time, session }: { readonly time: number; readonly session: string | null },
  { decision, reason }: { readonly decision: "allow" | "deny"; readonly reason: string },
): AuditEvent {
  const agent = principal.kind === "agent" ? principal : null;
  return {
    time,
    action: decision === "allow" ? "request.allow" : "request.deny",
    decision,
    reason,
    user: principal.owner,
    chain: agent === null ? NOBODY : chainOf(agent),
    jti: agent === null ? null : agent.jti,
    root: agent === null ? null : agent.root,
    session: agent === null ? session : agent.session,
    resource: `${method} ${pathShown(target.path)}`,
    policy: decidedBy,
    requestId: id,
  };
}

/** Words of a path with the dots between them: one way to match, so that no path takes long. */
const WORDS = /[\w-]+(?:\.[\w-]+)*/g;
const LONG_WORD = 48;

/** Somebody puts a token or a key into a path sooner or later, and the trail never forgets. */
function pathShown(path: string): string {
  if (path.length < LONG_WORD) return path;
  const start = path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
  return start.replace(WORDS, (word) => (looksSecret(word) ? "(secret)" : word));
}

/** A JWT, or a long word that is no digest. */
function looksSecret(word: string): boolean {
  if (word.length < LONG_WORD) return false;
  return word.split(".", 3).length === 3 || !/^[0-9a-f]+$/.test(word);
}

const NOBODY: readonly string[] = [];
const chains = new WeakMap<Principal, readonly string[]>();

/** Agents, current one first, worked out once for a remembered token. */
function chainOf(agent: Extract<Principal, { kind: "agent" }>): readonly string[] {
  const known = chains.get(agent);
  if (known !== undefined) return known;
  const chain: string[] = [];
  for (let actor: Actor | undefined = agent.act; actor !== undefined; actor = actor.act)
    chain.push(actor.sub);
  chains.set(agent, chain);
  return chain;
}
