import { actorChain } from "@attach-dev/protocol";
import type { EntityJson, EntityUidJson, StatefulAuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import type { Owner } from "../core/owner.ts";
import type { PolicyQuestion } from "../core/ports/policy.ts";
import type { Principal } from "../core/principal.ts";

/** A question as Cedar takes it: whom, what, on what, and the facts about them (`policies/schema.cedarschema`). */
export type CedarQuestion = Pick<
  StatefulAuthorizationCall,
  "principal" | "action" | "resource" | "context" | "entities"
>;

/** Says a question in Cedar's terms. Everything a policy can see is here, so nothing else may change a decision. */
export function toCedar(question: PolicyQuestion): CedarQuestion {
  switch (question.action) {
    case "call":
      return callQuestion(question);
    case "account":
    case "exchange": {
      const { subject, agent, registered } = question;
      return grantQuestion(question, { ...actorOf(subject), resource: agentEntity(agent, registered) });
    }
    case "delegate": {
      const { subject, from, to, registered } = question;
      const known = subject.kind === "agent" && subject.agent === from && isRegistered(subject);
      return grantQuestion(question, {
        principal: agentEntity(from, known),
        user: userEntity(subject),
        resource: agentEntity(to, registered),
      });
    }
  }
}

function callQuestion(question: Extract<PolicyQuestion, { action: "call" }>): CedarQuestion {
  const { principal: caller, upstream, method, path, scope, model } = question;
  const { principal, user } = actorOf(caller);
  return {
    principal: principal.uid,
    action: { type: "Action", id: "call" },
    resource: { type: "Upstream", id: upstream },
    context: {
      ...standing(caller, user),
      scopes: [...caller.scopes],
      scope,
      method,
      path,
      bound: caller.jkt !== null,
      // Folded, since Cedar cannot and engines do: Ollama runs `GPT-OSS` where `gpt-oss` is meant.
      ...(model === null ? {} : { model: model.toLowerCase() }),
    },
    entities: distinct([
      principal,
      user,
      { uid: { type: "Upstream", id: upstream }, attrs: {}, parents: [] },
    ]),
  };
}

interface Parties {
  readonly principal: EntityJson;
  readonly user: EntityJson;
  readonly resource: EntityJson;
}

function grantQuestion(
  { action, subject, scopes, audience }: Exclude<PolicyQuestion, { action: "call" }>,
  { principal, user, resource }: Parties,
): CedarQuestion {
  return {
    principal: principal.uid,
    action: { type: "Action", id: action },
    resource: resource.uid,
    context: { ...standing(subject, user), scopes: [...scopes], audience },
    // The resource last: what the authority has found out about an agent beats what its token says.
    entities: distinct([principal, user, resource]),
  };
}

/** On whose behalf, and through whom. */
function standing(principal: Principal, user: EntityJson) {
  const chain = principal.kind === "agent" ? actorChain(principal.act) : [];
  return { user: { __entity: plain(user.uid) }, chain: [...chain], depth: chain.length };
}

function actorOf(principal: Principal): { readonly principal: EntityJson; readonly user: EntityJson } {
  const user = userEntity(principal);
  if (principal.kind !== "agent") return { principal: user, user };
  return { principal: agentEntity(principal.agent, isRegistered(principal)), user };
}

/** S01: a registered agent never goes without authentication, an unregistered one always does. */
function isRegistered({ agentAuth }: Extract<Principal, { kind: "agent" }>): boolean {
  return agentAuth !== "none";
}

function agentEntity(id: string, registered: boolean): EntityJson {
  return { uid: { type: "Agent", id }, attrs: { registered }, parents: [] };
}

function userEntity(principal: Principal): EntityJson {
  const { owner, kind } = principal;
  const { iss, sub, tenant } = owner;
  const attrs = {
    issuer: iss,
    subject: sub,
    ...(tenant === null ? {} : { tenant }),
    ...(kind === "agent" ? {} : { service: kind === "service", roles: [...(principal.roles ?? [])] }),
  };
  return { uid: { type: "User", id: userId(owner) }, attrs, parents: [] };
}

/** The first bar divides, as in ADMIN_SUBJECTS: an issuer's own is escaped, so that no two owners have one id. */
function userId({ iss, sub }: Owner): string {
  return `${iss.replaceAll("|", "%7C")}|${sub}`;
}

/** Cedar refuses an entity that is told twice; the last word counts. */
function distinct(entities: readonly EntityJson[]): EntityJson[] {
  const byId = new Map(
    entities.map((entity) => [`${plain(entity.uid).type} ${plain(entity.uid).id}`, entity]),
  );
  return [...byId.values()];
}

function plain(uid: EntityUidJson): { type: string; id: string } {
  return "__entity" in uid ? uid.__entity : uid;
}
