import Type, { type Static, type TSchema } from "typebox";

/** Shapes of `/attach/v1/memory` (CONTRACT §3). Strict: an unknown member is refused, everything is bounded. */

const strict = { additionalProperties: false } as const;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = Type.String();

/** Longest text of one event, in characters. */
export const MAX_TEXT = 131_072;

export const MemoryWrite = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: MAX_TEXT }),
    kind: Type.Optional(
      Type.String({
        pattern: "^[a-z][a-z0-9._-]{0,31}$",
        description: "`note` unless it says something else; `prompt` and `answer` are the gateway's own.",
      }),
    ),
    meta: Type.Optional(
      Type.Object(
        {},
        { additionalProperties: true, description: "Anything of the writer's, 16 KiB of JSON at most." },
      ),
    ),
    task: Type.Optional(Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$" })),
  },
  strict,
);
export type MemoryWrite = Static<typeof MemoryWrite>;

export const MemoryWritten = Type.Object({
  id: Type.String({ description: "The `mem_id`." }),
  created: Type.String({ format: "date-time" }),
});

export const MemoryShape = Type.Object({
  id: Text,
  created: Type.String({ format: "date-time" }),
  kind: Text,
  text: Text,
  meta: nullable(Type.Object({}, { additionalProperties: true })),
  source: Type.Unsafe<"mirror" | "api">({
    type: "string",
    enum: ["mirror", "api"],
    description: "`mirror`: seen by the gateway itself.",
  }),
  agent: nullable(Text),
  chain: Type.Array(Text, { description: "Agents, the one that acted first." }),
  session: nullable(Text),
  root: nullable(Text),
  task: nullable(Text),
  model: nullable(Text),
  usage: nullable(
    Type.Object({ inputTokens: nullable(Type.Integer()), outputTokens: nullable(Type.Integer()) }),
  ),
  requestId: nullable(Text),
  bodyHash: nullable(Text),
});
export type MemoryShape = Static<typeof MemoryShape>;

const Limit = Type.String({ pattern: "^([1-9][0-9]?|1[0-9][0-9]|200)$" });

export const MemoryQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({ maxLength: 1024, description: "Words; without it: everything, newest first." }),
    ),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  strict,
);
export type MemoryQuery = Static<typeof MemoryQuery>;

export const EventsQuery = Type.Object({ limit: Type.Optional(Limit) }, strict);
export type EventsQuery = Static<typeof EventsQuery>;

export const EraseQuery = Type.Object(
  { all: Type.Literal("true", { description: "That all of it is meant must be said." }) },
  strict,
);
export const Erased = Type.Object({ erased: Type.Integer({ description: "How many events there were." }) });

export const MemoryParams = Type.Object({ id: Type.String({ pattern: "^[0-9A-Za-z-]{1,64}$" }) }, strict);
export type MemoryParams = Static<typeof MemoryParams>;

export const NoBody = Type.Null({ description: "No body." });
export const MemoryPage = Type.Object({ items: Type.Array(MemoryShape), next: nullable(Text) });
