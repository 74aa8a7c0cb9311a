import fc from "fast-check";
import { expect, test } from "vitest";
import { expandScopes, isKnownScope, narrowScopes, parseScope, SCOPES } from "./scope.ts";

test("parses a list, order kept and duplicates removed", () => {
  expect(parseScope("llm:read memory:write llm:read")).toEqual(["llm:read", "memory:write"]);
  expect(parseScope("")).toEqual([]);
});

test.each(["a  b", " a", "a ", 'a"b', "a\\b", "a\tb", "a\nb", "ä", "x".repeat(3000)])(
  "refuses the list %j",
  (list) => {
    expect(parseScope(list)).toBeUndefined();
  },
);

test("knows its own scopes and the form of an MCP one, and no other", () => {
  expect(SCOPES.every(isKnownScope)).toBe(true);
  expect(isKnownScope("mcp:files:read_file")).toBe(true);
  expect(["mcp:files", "mcp:*:*", "llm:write", "LLM:READ", "openid"].some(isKnownScope)).toBe(false);
});

test("a composite stands for its parts, and its parts for it", () => {
  expect(expandScopes(["chat:run"])).toEqual(new Set(["chat:run", "llm:read", "a2a:send", "a2a:read"]));
  expect(expandScopes(["llm:read", "a2a:send", "a2a:read"]).has("chat:run")).toBe(true);
  expect(expandScopes(["llm:read"]).has("chat:run")).toBe(false);
});

test("grants the covered parts of a composite and says that it withheld the rest", () => {
  expect(narrowScopes(["chat:run"], ["llm:read"])).toEqual({ granted: ["llm:read"], withheld: ["chat:run"] });
});

test("whatever is asked, nothing is granted that any ceiling does not cover", () => {
  const scopes = fc.subarray([...SCOPES, "mcp:a:b", "openid"]);
  fc.assert(
    fc.property(scopes, scopes, scopes, (requested, first, second) => {
      const granted = expandScopes(narrowScopes(requested, first, second).granted);
      for (const ceiling of [requested, first, second]) {
        const limit = expandScopes(ceiling);
        for (const scope of granted) expect(limit.has(scope)).toBe(true);
      }
    }),
  );
});
