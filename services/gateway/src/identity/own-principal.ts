import {
  type Actor,
  type AgentAuthentication,
  expandScopes,
  MAX_DELEGATION_DEPTH,
  parseScope,
} from "@attach-dev/protocol";
import { isIdentifier } from "../core/owner.ts";
import type { AgentPrincipal, ServicePrincipal, UserPrincipal } from "../core/principal.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/strict-json.ts";
import { readBinding } from "./binding.ts";
import { readAudiences, readLifetime } from "./claims.ts";

const AGENT_AUTHENTICATIONS: ReadonlySet<Json | undefined> = new Set<AgentAuthentication>([
  "none",
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
]);

/** Who holds a token of ours: an agent for somebody, or a service account for itself. */
export type OwnPrincipal = AgentPrincipal | ServicePrincipal | UserPrincipal;

/**
 * The claims of a token of ours (CONTRACT §6) → who holds it and whom it acts for. The signature has been verified and is ours,
 * so anything out of shape is a fault of our own, and refused all the same. Judges no time, audience or revocation. Pure.
 */
export function readOwnPrincipal(claims: JsonObject, issuer: string): Result<OwnPrincipal, TokenRefusal> {
  const common = readCommon(claims);
  if (!common.ok) return common;
  if (Object.hasOwn(claims, "act")) return readAgent(claims, common.value, issuer);
  return Object.hasOwn(claims, "amr")
    ? readWallet(claims, common.value)
    : readService(claims, common.value, issuer);
}

type Common = Omit<ServicePrincipal, "kind" | "account" | "mayAct"> & {
  readonly jti: string;
  readonly agentAuth: AgentAuthentication;
  readonly session: string;
  readonly delegation: string;
  readonly root: string;
  readonly ancestors: readonly string[];
};

function readCommon(claims: JsonObject): Result<Common, TokenRefusal> {
  const { jti, sid, dlg, root, agent_auth } = claims;
  const owner = readOwner(claims);
  const ancestors = readAncestors(claims["anc"]);
  const scopes = typeof claims["scope"] === "string" ? parseScope(claims["scope"]) : undefined;
  const audiences = readAudiences(claims);
  const lifetime = readLifetime(claims);
  const jkt = readBinding(claims);
  // S03: a binding that we cannot check is never dropped.
  if (jkt === undefined) return refuse("sender_constrained");
  if (owner === undefined || ancestors === undefined || scopes === undefined) return refuse("malformed");
  if (!audiences.ok) return audiences;
  if (!lifetime.ok) return lifetime;
  const { issuedAt, expiresAt } = lifetime.value;
  const isWhole =
    isIdentifier(jti) &&
    isIdentifier(sid) &&
    isIdentifier(dlg) &&
    isIdentifier(root) &&
    isAgentAuthentication(agent_auth) &&
    root === (ancestors[0] ?? dlg) &&
    audiences.value.length === 1 &&
    issuedAt > 0;
  if (!isWhole) return refuse("malformed");
  return ok({
    owner,
    scopes: expandScopes(scopes),
    issuedAt,
    expiresAt,
    jti,
    audiences: audiences.value,
    jkt,
    agentAuth: agent_auth,
    session: sid,
    delegation: dlg,
    root,
    ancestors,
  });
}

function readAgent(
  { act: value, client_id }: JsonObject,
  common: Common,
  issuer: string,
): Result<AgentPrincipal, TokenRefusal> {
  const act = readActors(value, issuer);
  // One actor for each delegation, and the tree named from its root down: a chain cannot be spliced.
  const isWhole = act !== undefined && client_id === act.sub && depthOf(act) === common.ancestors.length + 1;
  return isWhole ? ok({ kind: "agent", ...common, agent: act.sub, act }) : refuse("malformed");
}

/** A service account (`client_credentials`) is its own owner, known to us, and proved itself: nobody acts for anybody. */
function readService(
  { client_id }: JsonObject,
  common: Common,
  issuer: string,
): Result<ServicePrincipal, TokenRefusal> {
  const { agentAuth, session, delegation, root: _root, ancestors, ...verified } = common;
  const { iss, sub } = verified.owner;
  const isWhole = iss === issuer && sub === client_id && ancestors.length === 0 && agentAuth !== "none";
  if (!isWhole) return refuse("malformed");
  return ok({ kind: "service", ...verified, account: { client: sub, session, delegation } });
}

/** A person who logged in by their wallet: the DID is owner and client in one, and nobody else has proved anything. */
function readWallet({ client_id, amr }: JsonObject, common: Common): Result<UserPrincipal, TokenRefusal> {
  const { agentAuth, session, delegation, root: _root, ancestors, ...verified } = common;
  const { iss, sub } = verified.owner;
  const isWhole =
    Array.isArray(amr) &&
    amr.length === 1 &&
    amr[0] === "siwe" &&
    iss === sub &&
    sub === client_id &&
    sub.startsWith("did:pkh:") &&
    ancestors.length === 0 &&
    agentAuth === "none" &&
    verified.jkt === null;
  return isWhole ? ok({ kind: "user", ...verified, login: { session, delegation } }) : refuse("malformed");
}

/** `sub_id` names the user by the issuer that knows them (RFC 9493 §3.2.3) and must agree with `sub`. */
function readOwner({ sub, sub_id }: JsonObject): AgentPrincipal["owner"] | undefined {
  if (!isJsonObject(sub_id) || sub_id["format"] !== "iss_sub" || sub_id["sub"] !== sub) return undefined;
  const { iss } = sub_id;
  return isIdentifier(iss) && isIdentifier(sub) ? { iss, sub, tenant: null } : undefined;
}

/** The `act` chain (RFC 8693 §4.1), each link named by us, no deeper than any configuration allows. */
function readActors(value: Json | undefined, issuer: string, depth = 1): Actor | undefined {
  if (!isJsonObject(value) || depth > MAX_DELEGATION_DEPTH) return undefined;
  const { sub, iss } = value;
  if (!isIdentifier(sub) || iss !== issuer) return undefined;
  if (value["act"] === undefined) return { sub, iss };
  const act = readActors(value["act"], issuer, depth + 1);
  return act === undefined ? undefined : { sub, iss, act };
}

function depthOf(actor: Actor): number {
  return actor.act === undefined ? 1 : 1 + depthOf(actor.act);
}

function readAncestors(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every(isIdentifier) ? value : undefined;
}

function isAgentAuthentication(value: Json | undefined): value is AgentAuthentication {
  return AGENT_AUTHENTICATIONS.has(value);
}
