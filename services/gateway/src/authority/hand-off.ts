import { type AgentTokenClaims, actorChain, TOKEN_TYPE } from "@attach-dev/protocol";
import { GatewayError } from "../core/errors.ts";
import { uuidv7Time } from "../core/ids.ts";
import type { HandedToken, HandOff, HandOffQuestion } from "../core/ports/hand-off.ts";
import type { AgentPrincipal, Principal } from "../core/principal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { tokenRefused } from "../http/challenge.ts";
import { tokenRefused as refusalEvent } from "./events.ts";
import type { ExchangeDemand } from "./exchange/demand.ts";
import { grantTo } from "./exchange/grant.ts";
import { permit } from "./exchange/parties.ts";
import { toOAuthError } from "./oauth-error.ts";
import type { AuthorityOptions } from "./options.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { AuthorityRefusal } from "./refusal.ts";

type Handed = Result<HandedToken, GatewayError>;

/** A token that was handed on, and who it stands for: so that it is known dead when something kills it. */
interface Kept extends HandedToken {
  readonly issuedAt: number;
  readonly principal: AgentPrincipal;
}

const DEMAND: ExchangeDemand = {
  subjectToken: "",
  subjectType: "access_token",
  issuedType: TOKEN_TYPE.accessToken,
  scopes: undefined,
  targets: [],
  ttl: undefined,
  delegation: undefined,
  actor: undefined,
  requestedActor: undefined,
  jkt: undefined,
};

/** Most targets remembered for one caller: as many as it has calls for, in any case that is not an attack. */
const KEPT_TARGETS = 64;

/**
 * A push (S02) that the gateway itself delivers: the target need not prove who it is, because the token goes to the address it is registered at,
 * and is good there alone; to go on as itself it must authenticate with it. One token serves a caller's calls to one target until half of its
 * life is over; it is forgotten with the caller's own.
 */
export function createHandOff(options: AuthorityOptions): HandOff {
  const remembered = new WeakMap<Principal, Map<string, Promise<Result<Kept, GatewayError>>>>();

  return {
    async tokenFor(question): Promise<Handed> {
      const { subject, target } = question;
      const known = remembered.get(subject) ?? new Map();
      remembered.set(subject, known);
      // A record that was changed since bounds the token anew.
      const key = `${target.updatedAt} ${question.isPresent === true} ${target.id}`;
      const standing: Result<Kept, GatewayError> | undefined = await known.get(key);
      if (standing?.ok && isFresh(standing.value, options)) return standing;
      if (known.size >= KEPT_TARGETS) known.clear();
      const making = make(question, options);
      known.set(key, making);
      const made = await making;
      if (!made.ok && known.get(key) === making) known.delete(key);
      return made;
    },
  };
}

function isFresh(
  { issuedAt, expiresAt, principal }: Kept,
  { clock, revocations }: AuthorityOptions,
): boolean {
  return clock.now() < (issuedAt + expiresAt) / 2 && !revocations.isRevoked(principal);
}

async function make(
  question: HandOffQuestion,
  options: AuthorityOptions,
): Promise<Result<Kept, GatewayError>> {
  const { subject, target, userAgent, requestId } = question;
  const at = options.clock.now();
  const granted = await grantHandOff(question, at, options);
  if (granted.ok) return ok(keep(granted.value.access_token, target.id, subject));
  const chain = [target.id, ...(subject.kind === "agent" ? actorChain(subject.act) : [])];
  const event = refusalEvent({ time: at, requestId }, subject, { chain, refusal: granted.reason });
  await recordRefusal(event, options);
  options.log.info({ requestId, reason: granted.reason.kind, agent: target.id, userAgent }, "not handed on");
  return refuse(toGatewayError(granted.reason, options.publicUrl));
}

async function grantHandOff(
  { subject, target, isPresent = false, userAgent, requestId }: HandOffQuestion,
  at: number,
  options: AuthorityOptions,
) {
  const audience = isPresent ? options.publicUrl : target.endpoint?.resource;
  if (audience === undefined || target.status !== "active")
    return refuse({ kind: "target_unknown" } as const);
  // S03: a bound token has bound children only. One made out to the agent is as good as bound, since it passes here only beside
  // that agent's own credential; one made out to the gateway would pass by itself.
  if (subject.jkt !== null && audience === options.publicUrl)
    return refuse({ kind: "subject_refused", refusal: "sender_constrained" } as const);
  const authentication = isPresent ? target.auth : "none";
  const holder = { id: target.id, authentication, record: target } as const;
  const parties = permit({ holder, isPushed: subject.kind === "agent" }, subject, options);
  if (!parties.ok) return parties;
  const caller = { client: holder, userAgent, requestId, at };
  const question = { demand: DEMAND, subject, caller, proof: null };
  return grantTo(question, { parties: parties.value, audience }, options);
}

/** What was just signed here, read back. */
function keep(token: string, agent: string, { owner }: Principal): Kept {
  const [, payload = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as AgentTokenClaims;
  const { jti, root, sid, exp, iat } = claims;
  const issuedAt = uuidv7Time(jti) ?? iat * 1000;
  const principal: AgentPrincipal = {
    kind: "agent",
    owner,
    scopes: new Set(),
    expiresAt: exp * 1000,
    issuedAt,
    jti,
    audiences: [claims.aud],
    jkt: null,
    agent,
    act: claims.act,
    agentAuth: claims.agent_auth,
    session: sid,
    delegation: claims.dlg,
    root,
    ancestors: claims.anc,
  };
  return { token, expiresAt: exp * 1000, jti, root, session: sid, issuedAt, principal };
}

/** What the caller is told: a dead token of theirs is a 401, everything else that stands in the way is a 403. */
function toGatewayError(refusal: AuthorityRefusal, publicUrl: string): GatewayError {
  if (refusal.kind === "subject_refused") return tokenRefused(publicUrl, refusal.refusal);
  if (refusal.kind === "store_unavailable" || refusal.kind === "internal")
    return new GatewayError("identity_unavailable", "no token can be issued at the moment", {
      headers: { "Retry-After": "5" },
    });
  return new GatewayError("forbidden", toOAuthError(refusal).description);
}
