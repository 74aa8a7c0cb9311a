import Type, { type Static } from "typebox";
import { OwnerShape, Time } from "../registry/schema.ts";

const Uuid = Type.String({ pattern: "^[0-9a-f-]{36}$" });
const Session = Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$" });

/** Exactly one of these (CONTRACT §3). */
export const RevocationCreate = Type.Object(
  {
    jti: Type.Optional(Uuid),
    dlg: Type.Optional(Uuid),
    root: Type.Optional(Uuid),
    sid: Type.Optional(Session),
    agent: Type.Optional(Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$" })),
    user: Type.Optional(OwnerShape),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: "Exactly one member: what to kill, with everything below it.",
  },
);
export type RevocationCreate = Static<typeof RevocationCreate>;

export const RevocationShape = Type.Object({
  kind: Type.Unsafe<"dlg" | "sid" | "agent" | "user" | "jti">({
    type: "string",
    enum: ["jti", "dlg", "sid", "agent", "user"],
    description: "What was written: a token and a root die by their delegation.",
  }),
  at: Time,
  repeated: Type.Boolean({ description: "It was dead already." }),
});
export type RevocationShape = Static<typeof RevocationShape>;
