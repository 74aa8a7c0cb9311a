import {
  type Actor,
  type AgentAuthentication,
  expandScopes,
  MAX_DELEGATION_DEPTH,
  parseScope,
} from "@attach-dev/protocol";
import { isIdentifier } from "../core/owner.ts";
import type { AgentPrincipal } from "../core/principal.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { readBinding } from "./binding.ts";
import { readAudiences, readLifetime } from "./claims.ts";
import { isJsonObject, type Json, type JsonObject } from "./strict-json.ts";

const AGENT_AUTHENTICATIONS: ReadonlySet<Json | undefined> = new Set<AgentAuthentication>([
  "none",
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
]);

/**
 * The claims of an agent token (CONTRACT §6) → the agent and whom it acts for. The signature has been verified and is ours, so
 * anything out of shape is a fault of our own, and refused all the same. Judges no time, audience or revocation. Pure.
 */
export function readAgent(claims: JsonObject, issuer: string): Result<AgentPrincipal, TokenRefusal> {
  const { jti, client_id, sid, dlg, root, agent_auth } = claims;
  const owner = readOwner(claims);
  const act = readActors(claims["act"], issuer);
  const ancestors = readAncestors(claims["anc"]);
  const scopes = typeof claims["scope"] === "string" ? parseScope(claims["scope"]) : undefined;
  const audiences = readAudiences(claims);
  const lifetime = readLifetime(claims);
  const jkt = readBinding(claims);
  if (jkt === undefined) return refuse("sender_constrained");
  if (owner === undefined || act === undefined || ancestors === undefined || scopes === undefined) {
    return refuse("malformed");
  }
  if (!audiences.ok) return audiences;
  if (!lifetime.ok) return lifetime;
  const { issuedAt, expiresAt } = lifetime.value;
  const isWhole =
    isIdentifier(jti) &&
    isIdentifier(sid) &&
    isIdentifier(dlg) &&
    isIdentifier(root) &&
    isAgentAuthentication(agent_auth) &&
    client_id === act.sub &&
    // One actor for each delegation, and the tree named from its root down: a chain cannot be spliced.
    depthOf(act) === ancestors.length + 1 &&
    root === (ancestors[0] ?? dlg) &&
    audiences.value.length === 1 &&
    issuedAt > 0;
  if (!isWhole) return refuse("malformed");
  return ok({
    kind: "agent",
    owner,
    scopes: expandScopes(scopes),
    issuedAt,
    expiresAt,
    jti,
    audiences: audiences.value,
    jkt,
    agent: act.sub,
    act,
    agentAuth: agent_auth,
    session: sid,
    delegation: dlg,
    root,
    ancestors,
  });
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
