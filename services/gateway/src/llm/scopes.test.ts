import { METHODS } from "node:http";
import { describe, expect, it } from "vitest";
import { readTarget } from "../http/path.ts";
import { DANGEROUS_PATHS } from "./dangerous-paths.ts";
import { KNOWN_ROUTES, OWNED_PATHS } from "./known-routes.ts";
import { requiredScope, requiredScopeBelow } from "./scopes.ts";

/** What the gateway decides for a request line, path check included. */
function decide(method: string, rawUrl: string): string {
  const target = readTarget(rawUrl);
  return target.ok ? requiredScope(method, target.value.path) : "refused";
}

describe("known routes", () => {
  it.each(KNOWN_ROUTES.flatMap(({ path, methods }) => methods.map((method) => [method, path] as const)))(
    "%s %s needs llm:read",
    (method, path) => {
      expect(decide(method, path)).toBe("llm:read");
      expect(decide(method, `${path.toUpperCase()}?stream=true`)).toBe("llm:read");
      if (path !== "/") expect(decide(method, `${path}/`)).toBe("llm:read");
    },
  );

  it.each([
    ["GET", "/v1/models/llama3%3A8b"],
    ["GET", "/v1/models/library/llama3"],
    ["HEAD", "/v1/models/x"],
    ["GET", "/v1/responses/resp_1"],
    ["GET", "/v1/responses/resp_1/input_items"],
  ])("%s %s is reading: llm:read", (method, path) => {
    expect(decide(method, path)).toBe("llm:read");
  });

  it.each([
    ["GET", "/api/chat"],
    ["DELETE", "/api/generate"],
    ["POST", "/api/tags"],
    ["POST", "/"],
    ["GET", "/v1/embeddings"],
    ["OPTIONS", "/api/chat"],
    ["get", "/api/tags"],
  ])("%s %s is a route that no table knows", (method, path) => {
    expect(decide(method, path)).toBe("engine:any");
  });
});

describe("dangerous paths", () => {
  it.each(DANGEROUS_PATHS)(
    "S14: %s needs llm:admin under every method and spelling, and all below it",
    (path) => {
      const escaped = path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      for (const method of METHODS) {
        for (const spelling of [
          path,
          `${path}/`,
          path.toUpperCase(),
          escaped,
          `${path}?x=1`,
          `${path}/below/it`,
        ]) {
          expect(decide(method, spelling), `${method} ${spelling}`).toBe("llm:admin");
        }
      }
    },
  );

  it.each([
    ["DELETE", "/v1/models/llama3"],
    ["POST", "/v1/models/llama3"],
    ["DELETE", "/v1/models"],
    ["GET", "/v1/chat/completions"],
    ["GET", "/v1/chat/completions/chatcmpl-1/messages"],
    ["DELETE", "/v1/chat/completions/chatcmpl-1"],
    ["DELETE", "/v1/responses/resp_1"],
    ["GET", "/v1/messages"],
    ["PATCH", "/v1/models/x"],
  ])("%s %s reaches what is everybody's: llm:admin", (method, path) => {
    expect(decide(method, path)).toBe("llm:admin");
  });

  it("a path that only begins like a dangerous one is not one", () => {
    expect(decide("POST", "/api/puller")).toBe("engine:any");
    expect(decide("GET", "/v1/filesystem")).toBe("engine:any");
  });

  it("no known route lies under a dangerous path, so that the order of the tables cannot matter", () => {
    for (const { path } of KNOWN_ROUTES) {
      const hit = DANGEROUS_PATHS.find((danger) => path === danger || path.startsWith(`${danger}/`));
      expect(hit, path).toBeUndefined();
    }
  });

  it("every path of the tables is written as the matcher normalises it", () => {
    for (const path of [...DANGEROUS_PATHS, ...OWNED_PATHS, ...KNOWN_ROUTES.map((route) => route.path)]) {
      const target = readTarget(path);
      expect(target.ok && target.value.path).toBe(path);
    }
  });
});

describe("unknown paths", () => {
  it.each(["/metrics", "/api", "/v1", "/v1/unheard-of", "/api/chat/x", "/upstreams/other/api/chat", "/%20"])(
    "%s needs engine:any",
    (path) => {
      for (const method of METHODS) expect(decide(method, path)).toBe("engine:any");
    },
  );
});

describe("an upstream with a base path", () => {
  it.each([
    ["", "POST", "/api/chat", "llm:read"],
    ["/v1", "POST", "/chat/completions", "llm:read"],
    ["/v1", "GET", "/files", "llm:admin"],
    ["/v1", "POST", "/v1/files", "llm:admin"],
    ["/ollama", "POST", "/api/pull", "llm:admin"],
    ["/ollama", "POST", "/api/chat", "llm:read"],
    ["/v1/models", "GET", "/", "llm:read"],
    ["/base", "GET", "/anything", "engine:any"],
  ])("base %j, %s %s: %s", (base, method, path, scope) => {
    expect(requiredScopeBelow(base, method, path)).toBe(scope);
  });
});
