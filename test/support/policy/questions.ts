import { expandScopes } from "@attach-dev/protocol";
import type { PolicyQuestion } from "../../../services/gateway/src/core/ports/policy.ts";
import type { AgentPrincipal, UserPrincipal } from "../../../services/gateway/src/core/principal.ts";

/** Callers and questions that policies are tried with. */
const ISSUER = "https://idp.example";
const GATEWAY = "https://gw.example";

const verified = {
  owner: { iss: ISSUER, sub: "alice", tenant: null },
  scopes: expandScopes(["llm:read", "memory:write"]),
  expiresAt: 2_000_000_000_000,
  issuedAt: 1_900_000_000_000,
  audiences: [GATEWAY],
  jkt: null,
};

export function user(over: Partial<UserPrincipal> = {}): UserPrincipal {
  return { ...verified, kind: "user", jti: null, ...over };
}

export function agent(id = "research-agent", over: Partial<AgentPrincipal> = {}): AgentPrincipal {
  return {
    ...verified,
    kind: "agent",
    jti: "jti-1",
    agent: id,
    act: { sub: id, iss: GATEWAY },
    agentAuth: "none",
    session: "s",
    delegation: "d",
    root: "d",
    ancestors: [],
    ...over,
  };
}

type Of<A extends PolicyQuestion["action"]> = Extract<PolicyQuestion, { action: A }>;

export function calls(over: Partial<Of<"call">> = {}): PolicyQuestion {
  return {
    action: "call",
    principal: agent(),
    upstream: "default",
    method: "POST",
    path: "/api/chat",
    scope: "llm:read",
    model: null,
    ...over,
  };
}

export function exchanges(over: Partial<Of<"exchange">> = {}): PolicyQuestion {
  return {
    action: "exchange",
    subject: user(),
    agent: "research-agent",
    registered: false,
    scopes: ["llm:read"],
    audience: GATEWAY,
    ...over,
  };
}

export function delegates(over: Partial<Of<"delegate">> = {}): PolicyQuestion {
  return {
    action: "delegate",
    subject: agent("planner"),
    from: "planner",
    to: "coder",
    registered: false,
    scopes: ["llm:read"],
    audience: GATEWAY,
    ...over,
  };
}
