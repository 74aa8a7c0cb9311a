import { renderEnvExample } from "./env-example.ts";
import { renderJsonSchema } from "./json-schema.ts";
import { renderMarkdown } from "./markdown.ts";

/** Every generated file by its place in the repository. */
export const DOCUMENTS: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": renderMarkdown,
  "docs/attach.schema.json": renderJsonSchema,
  ".env.example": renderEnvExample,
};
