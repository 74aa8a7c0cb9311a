import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SigningKeyRow } from "../../../core/ports/store.ts";

export const signingKeys = sqliteTable("signing_keys", {
  kid: text("kid").primaryKey(),
  alg: text("alg").$type<SigningKeyRow["alg"]>().notNull(),
  status: text("status").$type<SigningKeyRow["status"]>().notNull(),
  publicJwk: text("public_jwk").notNull(),
  sealedPrivateKey: text("sealed_private_key").notNull(),
  createdAt: integer("created_at").notNull(),
  /** The default is there for the rows of version 1 alone. */
  changedAt: integer("changed_at").notNull().default(0),
});

/** Small named facts about this store. */
export const facts = sqliteTable("facts", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});
