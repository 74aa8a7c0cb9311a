import { defineConfig } from "drizzle-kit";

/** `pnpm run db:generate` writes the next migration here and embeds all of them in the program. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/store/sqlite/schema/*.ts",
  out: "./drizzle/sqlite",
});
