import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_FILES, renderApi } from "../../scripts/api-types/render.ts";
import { type Management, startManagement } from "../support/management.ts";

interface Described {
  readonly operationId: string;
  readonly security?: readonly object[];
}
type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>;

const committed = JSON.parse(readFileSync(API_FILES.document, "utf8")) as { readonly paths: Paths };
const OPERATIONS = Object.entries(committed.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, ...operation })),
);

/** OpenAPI: an empty requirement among several says that none is needed. */
const isNothing = (requirement: object) => Object.keys(requirement).length === 0;

let at: Management;
beforeAll(async () => {
  at = await startManagement();
});
afterAll(() => at?.close());

describe("the OpenAPI document", () => {
  test("is what the routes say, and the SDK's types are what it says (else: pnpm generate)", async () => {
    const rendered = await renderApi();
    expect(readFileSync(API_FILES.document, "utf8")).toBe(rendered.document);
    expect(readFileSync(API_FILES.types, "utf8")).toBe(rendered.types);
  });

  test("is served to anybody, with the gateway's own address", async () => {
    const { status, body } = await at.ask("GET", "/attach/v1/openapi.json");
    expect(status).toBe(200);
    expect(body["servers"]).toEqual([{ url: at.url }]);
    expect(body["paths"]).toEqual(committed.paths);
  });

  test.each([
    "POST /oauth/token",
    "POST /oauth/introspect",
    "POST /oauth/revoke",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/jwks.json",
    "GET /.well-known/oauth-protected-resource",
    "POST /attach/v1/agents",
    "GET /attach/v1/agents",
    "GET /attach/v1/agents/{id}",
    "PATCH /attach/v1/agents/{id}",
    "DELETE /attach/v1/agents/{id}",
    "GET /attach/v1/tokens",
    "GET /attach/v1/grants",
    "POST /attach/v1/revocations",
    "GET /attach/v1/audit",
    "GET /attach/v1/usage",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /auth/config",
  ])("tells of %s (CONTRACT §3)", (route) => {
    expect(OPERATIONS.map(({ verb, path }) => `${verb} ${path}`)).toContain(route);
  });

  test.each(OPERATIONS)(
    "$verb $path is there, and needs a token exactly where it says so",
    async (operation) => {
      const path = operation.path.replace("{id}", "x");
      const { status } = await at.ask(operation.verb, path);
      const isOpen = operation.security?.length === 0 || operation.security?.some(isNothing) === true;
      if (!isOpen) expect(status).toBe(401);
      else expect([200, 400]).toContain(status);
    },
  );
});
