import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const PROMPT = "the secret plans of the north tower";
const COLLECTOR_KEY = "collector-key-do-not-show";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attribute[];
  readonly status?: { readonly code?: number };
}
type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };

/** A collector: OTLP over HTTP, JSON. */
const spans: Span[] = [];
const metricNames = new Map<
  string,
  { unit: string; dataPoints: { attributes: Attribute[]; sum: number; count: string }[] }
>();
const bodies: string[] = [];
const keys = new Set<string | undefined>();
let collector: Server;
let stack: Stack;
let alice: string;

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    bodies.push(text);
    keys.add(request.headers["x-api-key"]?.toString());
    const body = JSON.parse(text);
    if (request.url === "/v1/traces") {
      for (const { scopeSpans } of body.resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
    } else if (request.url === "/v1/metrics") {
      for (const { scopeMetrics } of body.resourceMetrics)
        for (const { metrics } of scopeMetrics)
          for (const { name, unit, histogram } of metrics)
            metricNames.set(name, { unit, dataPoints: histogram.dataPoints });
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((ready) => collector.listen(0, "127.0.0.1", ready));
  const { port } = collector.address() as AddressInfo;
  stack = await startStack({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${COLLECTOR_KEY}`,
  });
  alice = await stack.userToken("alice");
});

afterAll(async () => {
  await stack.stop();
  collector.closeAllConnections();
  collector.close();
});

const chat = (headers: Readonly<Record<string, string>> = {}, body: object = {}) =>
  stack.call("/api/chat", alice, {
    method: "POST",
    headers,
    body: JSON.stringify({
      model: "llama3.2",
      messages: [{ role: "user", content: PROMPT }],
      stream: false,
      ...body,
    }),
  });

const attributesOf = (span: Span) =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const spansOf = (trace: string) => spans.filter(({ traceId }) => traceId === trace);
const sentToEngine = (): string => {
  const raw = stack.engine.requests.at(-1)?.rawHeaders ?? [];
  return raw.filter((_, at) => raw[at - 1]?.toLowerCase() === "traceparent" && at % 2 === 1).join();
};
const waits = { timeout: 20_000 };

describe("O04: traces", () => {
  test("O04 R09: a caller's trace goes on through the gateway to the engine, with the model's run by the GenAI conventions", async () => {
    const started = Date.now();
    await (await chat({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=x" })).text();
    const toEngine = sentToEngine();
    await expect.poll(() => spansOf(TRACE).length, waits).toBe(2);
    const server = spansOf(TRACE).find(({ kind }) => kind === 2) as Span;
    const run = spansOf(TRACE).find(({ kind }) => kind === 3) as Span;
    expect(server.parentSpanId).toBe(PARENT);
    expect(server.name).toBe("POST /api/chat");
    expect(run.parentSpanId).toBe(server.spanId);
    expect(run.name).toBe("chat llama3.2");
    expect(toEngine).toBe(`00-${TRACE}-${run.spanId}-01`);
    expect(attributesOf(run)).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "ollama",
      "gen_ai.request.model": "llama3.2",
      "gen_ai.usage.input_tokens": 7,
    });
    expect(attributesOf(server)).toMatchObject({
      "user.id": "alice",
      "attach.user.issuer": stack.issuer.issuer,
      "http.response.status_code": 200,
    });
    const begun = Number(BigInt(run.startTimeUnixNano) / 1_000_000n);
    expect(begun).toBeGreaterThanOrEqual(started - 1);
    expect(BigInt(run.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(run.startTimeUnixNano));
  });

  test("O04: what is no trace context is replaced by one of ours", async () => {
    for (const traceparent of ["garbage", `00-${"0".repeat(32)}-${PARENT}-01`, `ff-${TRACE}-${PARENT}-01`]) {
      await (await chat({ traceparent })).text();
      expect(sentToEngine()).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
      expect(sentToEngine()).not.toContain(PARENT);
    }
  });

  test("O04: an engine's refusal is an error of the span, and a caller that does not trace is not traced", async () => {
    const failing = "1".repeat(32);
    await (await chat({ traceparent: `00-${failing}-${PARENT}-01` }, { model: "no-such-model" })).text();
    await expect.poll(() => spansOf(failing).length, waits).toBe(2);
    for (const span of spansOf(failing)) {
      expect(attributesOf(span)["error.type"]).toBe("404");
      expect(span.status?.code).toBe(2);
    }
    const unsampled = "2".repeat(32);
    await (await chat({ traceparent: `00-${unsampled}-${PARENT}-00` })).text();
    expect(sentToEngine()).toMatch(new RegExp(`^00-${unsampled}-[0-9a-f]{16}-00$`));
  });

  test("O04 R09: GenAI metrics arrive, and neither prompt, answer nor key is in anything that was sent", async () => {
    await (await chat({}, { stream: true })).text();
    // A close sends what waits.
    await stack.gateway.stop();
    expect([...metricNames.keys()].sort()).toEqual([
      "gen_ai.client.operation.duration",
      "gen_ai.client.operation.time_to_first_chunk",
      "gen_ai.client.token.usage",
    ]);
    const tokens = metricNames.get("gen_ai.client.token.usage");
    expect(tokens?.unit).toBe("{token}");
    const input = tokens?.dataPoints.find(({ attributes }) =>
      attributes.some(({ value }) => Object.values(value)[0] === "input"),
    );
    expect(input?.sum).toBe(7 * Number(input?.count));
    expect(spansOf("2".repeat(32))).toEqual([]);
    expect([...keys]).toEqual([COLLECTOR_KEY]);
    const all = bodies.join("\n");
    expect(all).not.toContain("secret plans");
    expect(all).not.toContain("demo engine, so my answers");
    expect(all).not.toContain(alice);
    expect(stack.gateway.output()).not.toContain(COLLECTOR_KEY);
  });
});
