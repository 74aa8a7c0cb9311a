import { expect, test } from "vitest";
import { loadConfig } from "../load.ts";

const load = (env: Readonly<Record<string, string>>) =>
  loadConfig({ env: { OIDC_ISSUER: "https://idp.example.com", ...env }, cwd: "/nowhere" });

function config(env: Readonly<Record<string, string>>) {
  const loaded = load(env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.reason));
  return loaded.value;
}

const wrong = (env: Readonly<Record<string, string>>): readonly string[] => {
  const loaded = load(env);
  return loaded.ok ? [] : loaded.reason.map(({ key, problem }) => `${key} ${problem}`);
};

test("counts unless it is told not to, and asks no stream, traces nothing and waits for no record unless told to", () => {
  expect(config({}).metering).toEqual({ counts: true, asksStreams: false, strict: false });
  expect(config({ USAGE_METERING: "null" }).metering.counts).toBe(false);
  expect(config({ DURABILITY: "strict" }).metering.strict).toBe(true);
});

test("R09: OpenMeter needs an address, and a key over plain http is warned of", () => {
  expect(wrong({ USAGE_METERING: "openmeter" })).toEqual([
    "OPENMETER_URL is needed where usage goes to OpenMeter",
  ]);
  const set = {
    USAGE_METERING: "openmeter",
    OPENMETER_URL: "http://om.example.com/",
    OPENMETER_API_KEY: "key",
  };
  expect(config(set).metering.openmeter).toEqual({ url: "http://om.example.com", apiKey: "key" });
  expect(config(set).warnings).toEqual([
    expect.stringContaining("OPENMETER_API_KEY goes to OpenMeter over plain http"),
  ]);
  expect(config({ OPENMETER_URL: "https://om.example.com" }).warnings).toEqual([
    "OPENMETER_URL has no effect without USAGE_METERING=openmeter",
  ]);
});

test("reads a collector's headers as OpenTelemetry writes them, and refuses what is none", () => {
  const set = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318/",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20k%3D,x-team=a",
    TRACE_SAMPLE_PERCENT: "25",
  };
  expect(config(set).metering.telemetry).toEqual({
    endpoint: "http://localhost:4318",
    headers: { Authorization: "Bearer k=", "x-team": "a" },
    serviceName: "attach-gateway",
    sampled: 0.25,
  });
  for (const headers of ["novalue", "=x", "a=%0d%0aX:1", "a b=c", "a=%zz"])
    expect(wrong({ OTEL_EXPORTER_OTLP_HEADERS: headers })).not.toEqual([]);
});
