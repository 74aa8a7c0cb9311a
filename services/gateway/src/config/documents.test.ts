import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import Schema from "typebox/schema";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DOCUMENTS } from "./docs/documents.ts";
import { listSettings } from "./settings.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");

/** Every name of CONTRACT §2. */
const CONTRACT = [
  ..."OIDC_ISSUER OIDC_AUD ENGINE_URL ENGINE_API_KEY MEM_BACKEND WEAVIATE_URL WEAVIATE_GRPC_URL WEAVIATE_API_KEY".split(
    " ",
  ),
  ..."MAX_TOKENS_PER_MIN USAGE_METERING OPENMETER_URL OPENMETER_API_KEY TEMPORAL_URL TEMPORAL_QUEUE".split(
    " ",
  ),
  ..."AUTH0_DOMAIN AUTH0_CLIENT PORT HOST PUBLIC_URL DATABASE_URL REDIS_URL ATTACH_SECRET AGENT_REGISTRATION".split(
    " ",
  ),
  ..."USER_SCOPES ADMIN_SUBJECTS SCOPE_MODE SESSION_MAX DID_METHODS DID_ALLOW OIDC_CLIENT_ID OIDC_DISCOVERY_URL".split(
    " ",
  ),
  ..."INSECURE_ISSUERS DEFAULT_MODEL ENFORCE METRICS_TOKEN LOG_LEVEL CORS_ORIGINS".split(" "),
];

describe("the schema", () => {
  test("knows every variable of the contract, and none twice", () => {
    const names = listSettings().flatMap(({ info }) => info.env ?? []);
    expect(CONTRACT.filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe("a generated document", () => {
  test.each(Object.entries(DOCUMENTS))(
    "%s is what the schema says (else: pnpm generate)",
    (place, render) => {
      expect(readFileSync(resolve(ROOT, place), "utf8")).toBe(render());
    },
  );

  test("shows an attach.yaml that its JSON schema accepts", () => {
    const markdown = DOCUMENTS["docs/configuration.md"]?.() ?? "";
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(markdown) ?? [];
    const schema = JSON.parse(DOCUMENTS["docs/attach.schema.json"]?.() ?? "{}");
    expect(Schema.Errors(schema, parse(yaml))[1]).toEqual([]);
    expect(Schema.Check(schema, { server: { prot: 1 } })).toBe(false);
    expect(Schema.Check(schema, { upstreams: [{ apiKey: "sk-1" }] })).toBe(false);
    expect(Schema.Check(schema, { redis: 5 })).toBe(false);
  });

  test("keeps our own keywords out of the JSON schema", () => {
    expect(DOCUMENTS["docs/attach.schema.json"]?.()).not.toContain('"setting"');
  });
});
