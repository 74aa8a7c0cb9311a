import type { operations } from "./api.gen.ts";

/** What the gateway's own routes take and answer, by its OpenAPI document. Types only. */
export type { operations as ApiOperations, paths as ApiPaths } from "./api.gen.ts";

type Answer<Name extends keyof operations, Status extends number> = operations[Name] extends {
  readonly responses: {
    readonly [S in Status]: { readonly content: { readonly "application/json": infer Body } };
  };
}
  ? Body
  : never;

/** A registered agent, as `/attach/v1/agents/:id` shows it. */
export type RegisteredAgent = Answer<"getAgent", 200>;
/** An issued token as it is listed: its row, never its text. */
export type IssuedToken = Answer<"listTokens", 200>["items"][number];
/** What a user has allowed an agent. */
export type AgentGrant = Answer<"listGrants", 200>["items"][number];
/** What introspection answers (RFC 7662). */
export type IntrospectionResponse = Answer<"introspect", 200>;

type Body<Name extends keyof operations> = operations[Name] extends {
  readonly requestBody: { readonly content: { readonly "application/json": infer Sent } };
}
  ? Sent
  : never;

/** What is remembered of a user: a prompt, an answer, or a note. */
export type MemoryEvent = Answer<"getMemory", 200>;
/** Events, and where the next page begins. */
export type MemoryPage = Answer<"listMemory", 200>;
/** What can be written to memory. */
export type MemoryNote = Body<"writeMemory">;
/** The `mem_id` of a note and its time. */
export type MemoryWritten = Answer<"writeMemory", 201>;
