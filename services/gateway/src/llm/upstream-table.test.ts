import { describe, expect, test } from "vitest";
import { isUpstream } from "../proxy/balance.ts";
import { createUpstream } from "../proxy/upstream.ts";
import { createUpstreamTable, type Served } from "./upstream-table.ts";

interface About extends Partial<Omit<Served, "upstream">> {
  readonly priority?: number;
  readonly weight?: number;
  readonly path?: string;
}

const serve = (name: string, { path = "", priority = 0, weight = 1, ...served }: About = {}): Served => ({
  upstream: createUpstream({
    name,
    url: `http://127.0.0.1:9${path}`,
    credential: null,
    identityHeaders: true,
    priority,
    weight,
  }),
  kind: "http",
  ...served,
});

/** Who is asked, first to last. */
function order(served: readonly [Served, ...Served[]], path: string, model: string | null = null): string[] {
  const pool = createUpstreamTable(served).poolOf(path, model);
  if (!pool.ok) return [pool.reason.code];
  const tried = [];
  for (;;) {
    const next = pool.value.pick(tried);
    if (!isUpstream(next)) return tried.map(({ name }) => name);
    tried.push(next);
  }
}

describe("R10: which upstream serves a request", () => {
  test("the only one serves everything", () => {
    expect(order([serve("a")], "/anything", "m")).toEqual(["a"]);
  });

  const local = serve("local", { kind: "ollama", models: ["llama3.2", "qwen3*"] });
  const cloud = serve("cloud", { kind: "openai", models: ["gpt-5*", "llama3.2"], priority: 1 });
  const rest = serve("rest");

  test.each<[string, string | null, string[]]>([
    ["/v1/chat/completions", "gpt-5-mini", ["cloud"]],
    ["/v1/chat/completions", "llama3.2", ["local", "cloud"]],
    ["/v1/chat/completions", "llama3.2:latest", ["local", "cloud"]],
    ["/api/chat", "llama3.2", ["local"]],
    ["/api/chat", "qwen3:8b", ["local"]],
    ["/v1/chat/completions", "unheard-of", ["rest"]],
    ["/v1/models", null, ["local"]],
  ])("%s for %s: %j", (path, model, names) => {
    expect(order([local, cloud, rest], path, model)).toEqual(names);
  });

  test("a model that nobody lists has nobody, where everybody lists some", () => {
    expect(order([local, cloud], "/v1/chat/completions", "unheard-of")).toEqual(["not_found"]);
  });

  test("Ollama's paths never go to an upstream that speaks OpenAI's, unless it lists them", () => {
    expect(order([cloud], "/api/chat", "gpt-5")).toEqual(["not_found"]);
    expect(order([serve("odd", { kind: "openai", routes: ["/api"] })], "/api/chat")).toEqual(["odd"]);
  });

  test("the longest path that is listed decides, at the borders of segments", () => {
    const all: [Served, ...Served[]] = [
      serve("default"),
      serve("v1", { routes: ["/v1"] }),
      serve("embed", { routes: ["/v1/embeddings", "/api/embed"] }),
    ];
    expect(order(all, "/v1/embeddings")).toEqual(["embed"]);
    expect(order(all, "/v1/embeddings-x")).toEqual(["v1"]);
    expect(order(all, "/v10/x")).toEqual(["default"]);
    expect(order(all, "/api/embeddings")).toEqual(["default"]);
  });

  test("replicas share by weight, evenly spread, and stand in for each other", () => {
    const table = createUpstreamTable([serve("a", { weight: 3 }), serve("b")]);
    const pool = table.poolOf("/x", null);
    const names = Array.from({ length: 8 }, () => {
      const next = pool.ok ? pool.value.pick() : undefined;
      return next !== undefined && isUpstream(next) ? next.name : "";
    });
    expect(names.join("")).toBe("aabaaaba");
  });

  test("S14: where base paths differ, the gravest scope holds until it is known who serves", () => {
    const table = createUpstreamTable([serve("a"), serve("b", { path: "/debug" })]);
    expect(table.scopeOf("GET", "/metrics")).toBe("llm:admin");
    expect(table.scopeOf("POST", "/api/pull")).toBe("llm:admin");
  });
});
