import { resolve } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { buildApp } from "../../services/gateway/src/app.ts";
import { loadConfig } from "../../services/gateway/src/config/load.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export const API_FILES = {
  document: resolve(ROOT, "docs/openapi.json"),
  types: resolve(ROOT, "packages/sdk/src/api.gen.ts"),
} as const;

const HEAD = "// Generated out of docs/openapi.json: pnpm generate\n\n";

/** Both files as they should be: asked of a gateway that is built like any other, on a store in memory. */
export async function renderApi(): Promise<{ readonly document: string; readonly types: string }> {
  const config = loadConfig({
    env: { DATABASE_URL: "sqlite::memory:", OIDC_ISSUER: "http://localhost:1", LOG_LEVEL: "silent" },
    cwd: ROOT,
  });
  if (!config.ok) throw new Error(JSON.stringify(config.reason));
  const app = await buildApp(config.value);
  try {
    const { body } = await app.fastify.inject("/attach/v1/openapi.json");
    const parsed = JSON.parse(body) as object;
    const types = await openapiTS(JSON.stringify(parsed), { alphabetize: true, immutable: true });
    return { document: `${JSON.stringify(parsed, null, 2)}\n`, types: HEAD + astToString(types) };
  } finally {
    await app.close();
  }
}
