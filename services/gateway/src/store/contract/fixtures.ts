import type { AgentRecord, GrantRecord } from "../../core/ports/agents.ts";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type {
  AuditEvent,
  DelegationRow,
  IssueOutcome,
  SigningKeyRow,
  Store,
  TokenRow,
} from "../../core/ports/store.ts";

/** Rows that the contract's tests write. */
export const NOW = 1_750_000_000_000;
export const ALICE = { iss: "https://idp.example", sub: "alice", tenant: null };
export const BOB = { iss: "https://idp.example", sub: "bob", tenant: null };

export function aDelegation(id: string, fields: Partial<DelegationRow> = {}): DelegationRow {
  return {
    id,
    root: id,
    parent: null,
    ancestors: [],
    owner: ALICE,
    agent: "research-agent",
    chain: ["research-agent"],
    session: "session-1",
    scopes: ["llm:read", "memory:write"],
    createdAt: NOW,
    renewableUntil: NOW + 3_600_000,
    revokedAt: null,
    ...fields,
  };
}

/** The same one floor down, held by an agent of the child's own name. */
export function aChild(
  parent: DelegationRow,
  id: string,
  fields: Partial<DelegationRow> = {},
): DelegationRow {
  return aDelegation(id, {
    root: parent.root,
    parent: parent.id,
    ancestors: [...parent.ancestors, parent.id],
    owner: parent.owner,
    session: parent.session,
    chain: [id, ...parent.chain],
    agent: id,
    ...fields,
  });
}

export function aToken(jti: string, of: DelegationRow, fields: Partial<TokenRow> = {}): TokenRow {
  const { id, parent, root, session, owner, agent } = of;
  return {
    jti,
    delegation: id,
    parent,
    root,
    session,
    owner,
    agent,
    agentAuth: "none",
    audience: "http://localhost:8080",
    scopes: ["llm:read"],
    jkt: null,
    issuedAt: NOW,
    expiresAt: NOW + 300_000,
    revokedAt: null,
    ...fields,
  };
}

export function anEvent(
  action: AuditEvent["action"] = "token.issue",
  fields: Partial<AuditEvent> = {},
): AuditEvent {
  return {
    time: NOW,
    action,
    decision: "allow",
    reason: null,
    user: { iss: ALICE.iss, sub: ALICE.sub },
    chain: ["research-agent"],
    jti: "jti-1",
    root: "root-1",
    session: "session-1",
    resource: "http://localhost:8080",
    policy: null,
    requestId: "request-1",
    ...fields,
  };
}

export function aKey(kid: string, fields: Partial<SigningKeyRow> = {}): SigningKeyRow {
  return {
    kid,
    alg: "ES256",
    status: "active",
    publicJwk: "{}",
    sealedPrivateKey: "v1.sealed",
    createdAt: NOW,
    changedAt: NOW,
    ...fields,
  };
}

export function anAgent(id: string, fields: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id,
    name: `The ${id}`,
    owner: ALICE,
    auth: "private_key_jwt",
    secretHash: null,
    jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y" }] },
    scopes: ["llm:read"],
    audiences: ["https://tools.example"],
    ttl: 120,
    depth: 2,
    mayDelegateTo: ["coder"],
    status: "active",
    introspect: true,
    endpoint: { url: "https://agent.example/a2a", protocol: "a2a", resource: "https://agent.example" },
    createdAt: NOW,
    updatedAt: NOW,
    source: "registry",
    ...fields,
  };
}

export function aGrant(id: string, fields: Partial<GrantRecord> = {}): GrantRecord {
  return {
    id,
    owner: ALICE,
    agent: "research-agent",
    scopes: ["llm:read"],
    memory: null,
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    ...fields,
  };
}

export function dead(
  kind: RevocationRecord["kind"],
  value: string,
  fields: Partial<RevocationRecord> = {},
): RevocationRecord {
  return { kind, value, at: NOW, until: NOW + 3_600_000, ...fields };
}

export function issue(
  to: Store,
  newDelegation: DelegationRow,
  jti = `jti of ${newDelegation.id}`,
): Promise<IssueOutcome> {
  return to.issue({ token: aToken(jti, newDelegation), newDelegation, event: anEvent() });
}

export function renew(to: Store, row: DelegationRow, jti: string): Promise<IssueOutcome> {
  return to.issue({ token: aToken(jti, row), newDelegation: null, event: anEvent("token.renew") });
}
