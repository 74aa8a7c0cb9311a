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
  type RefusedEvent,
  type RegisteredAgent,
  type RevokedEvent,
  readError,
  type TokenEvent,
  type TokenExchangeResponse,
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
  expectTypeOf(attach.on).returns.toEqualTypeOf<() => void>();

  // Out of the gateway's OpenAPI document: none of them is `never` or `any`.
  expectTypeOf<RegisteredAgent["status"]>().toEqualTypeOf<"active" | "suspended">();
  expectTypeOf<IssuedToken["parent"]>().toEqualTypeOf<string | null>();
  expectTypeOf<AgentGrant["scopes"]>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<IntrospectionResponse["active"]>().toEqualTypeOf<boolean>();

  expectTypeOf(AttachClient).toBeConstructibleWith(() => Promise.resolve("a.b.c"));
  expectTypeOf(AttachClient).toBeConstructibleWith(() => "a.b.c", { gatewayUrl: new URL("https://x") });
  const refused = () => [
    // @ts-expect-error an agent says what it needs
    attach.agent("a", {}),
    // @ts-expect-error a list, not a string
    attach.agent("a", { scopes: "llm:read" }),
  ];
  expectTypeOf(refused).toBeFunction();
});
