import { expectTypeOf, test } from "vitest";
import {
  type Agent,
  type AgentGrant,
  AttachClient,
  type AttachError,
  type AttachErrorCode,
  allowInsecure,
  type IntrospectionResponse,
  type IssuedToken,
  type MemoryEvent,
  type MemoryNote,
  type MemoryPage,
  type RefusedEvent,
  type RegisteredAgent,
  type RevokedEvent,
  readError,
  type TokenEvent,
  type TokenExchangeResponse,
  userSession,
  type VerifiedAgent,
  verifyAgentToken,
} from "./index.ts";

// Judged by tsc: the promises of the contract, §7.
test("the public types are what the contract says", () => {
  const attach = new AttachClient("a.b.c", { gatewayUrl: undefined, [allowInsecure]: true });
  expectTypeOf(attach.getAgentToken).returns.resolves.toBeString();
  expectTypeOf(attach.exchange).returns.resolves.toEqualTypeOf<TokenExchangeResponse>();
  expectTypeOf(attach.agent).returns.toEqualTypeOf<Agent>();
  expectTypeOf<Agent["fetch"]>().toEqualTypeOf<typeof globalThis.fetch>();
  expectTypeOf<Agent["token"]>().returns.resolves.toBeString();
  expectTypeOf<Agent["revoke"]>().returns.resolves.toBeVoid();
  expectTypeOf(readError).returns.resolves.toEqualTypeOf<AttachError>();
  expectTypeOf<AttachError["code"]>().toEqualTypeOf<AttachErrorCode>();
  expectTypeOf<string>().not.toExtend<AttachErrorCode>();
  expectTypeOf<AttachError["status"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<AttachError["requestId"]>().toEqualTypeOf<string | undefined>();

  attach.on("issued", (event) => expectTypeOf(event).toEqualTypeOf<TokenEvent<"issued">>());
  attach.on("renewed", (event) => expectTypeOf(event).toEqualTypeOf<TokenEvent<"renewed">>());
  attach.on("revoked", (event) => expectTypeOf(event).toEqualTypeOf<RevokedEvent>());
  attach.on("refused", (event) => expectTypeOf(event).toEqualTypeOf<RefusedEvent>());
  expectTypeOf<Agent["delegate"]>().returns.toEqualTypeOf<Agent>();
  expectTypeOf(AttachClient.asAgent).returns.toExtend<Agent>();
  expectTypeOf(AttachClient.asAgent).parameter(0).toBeString();
  expectTypeOf(verifyAgentToken).parameter(0).toEqualTypeOf<Request | Headers | string>();
  expectTypeOf(verifyAgentToken).returns.resolves.toEqualTypeOf<VerifiedAgent>();
  expectTypeOf<VerifiedAgent["user"]>().toEqualTypeOf<{ readonly iss: string; readonly sub: string }>();
  const session = userSession({ issuer: "https://idp.example", clientId: "app", refreshToken: "r" });
  expectTypeOf(session).returns.resolves.toBeString();
  expectTypeOf(AttachClient).toBeConstructibleWith(session);
  const agent = attach.agent("a", { scopes: ["llm:read"], dpop: true, credential: { secret: "s" } });
  expectTypeOf(agent).toEqualTypeOf<Agent>();

  expectTypeOf(attach.on).returns.toEqualTypeOf<() => void>();

  // Out of the gateway's OpenAPI document: none of them is `never` or `any`.
  expectTypeOf<RegisteredAgent["status"]>().toEqualTypeOf<"active" | "suspended">();
  expectTypeOf<IssuedToken["parent"]>().toEqualTypeOf<string | null>();
  expectTypeOf<Agent["memory"]["search"]>().returns.resolves.toEqualTypeOf<MemoryPage>();
  expectTypeOf<MemoryPage["items"][number]>().toEqualTypeOf<MemoryEvent>();
  expectTypeOf<MemoryEvent["text"]>().toBeString();
  expectTypeOf<Agent["memory"]["write"]>().parameter(0).toEqualTypeOf<MemoryNote>();
  expectTypeOf<MemoryNote["text"]>().toBeString();
  expectTypeOf<AgentGrant["scopes"]>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<IntrospectionResponse["active"]>().toEqualTypeOf<boolean>();

  expectTypeOf(AttachClient).toBeConstructibleWith(() => Promise.resolve("a.b.c"));
  expectTypeOf(AttachClient).toBeConstructibleWith(() => "a.b.c", { gatewayUrl: new URL("https://x") });
  const refused = () => [
    // @ts-expect-error an agent says what it needs
    attach.agent("a", {}),
    // @ts-expect-error a key is nothing without its name
    attach.agent("a", { scopes: ["llm:read"], credential: { privateKey: null } }),
    // @ts-expect-error a bound token is of use to an agent only
    attach.getAgentToken({ agentId: "a", scopes: ["llm:read"], dpop: true }),
    // @ts-expect-error for whom a token is must be said
    verifyAgentToken("a.b.c", { issuer: "https://x" }),
    // @ts-expect-error a list, not a string
    attach.agent("a", { scopes: "llm:read" }),
  ];
  expectTypeOf(refused).toBeFunction();
});
