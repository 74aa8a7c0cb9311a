import { describe, expect, it } from "vitest";
import { createRegistry } from "./registry.ts";
import { exposition, mergeSnapshots } from "./snapshot.ts";

describe("metrics", () => {
  it("says counters, gauges and histograms as Prometheus reads them", () => {
    const registry = createRegistry();
    registry
      .counter({ name: "calls_total", help: "Calls.", labels: ["user"] })
      .of('a"b\\c\nd')
      .add(2);
    registry.gauge({ name: "waiting", help: "Now." }, () => [[[], 3]]);
    const latency = registry.histogram(
      { name: "latency_seconds", help: "Time.", labels: ["route"] },
      [0.1, 1],
    );
    for (const value of [0.05, 0.1, 0.5, 7]) latency.of("/x").observe(value);
    expect(exposition(registry.snapshot())).toBe(`# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{user="a\\"b\\\\c\\nd"} 2
# HELP waiting Now.
# TYPE waiting gauge
waiting 3
# HELP latency_seconds Time.
# TYPE latency_seconds histogram
latency_seconds_bucket{route="/x",le="0.1"} 2
latency_seconds_bucket{route="/x",le="1"} 3
latency_seconds_bucket{route="/x",le="+Inf"} 4
latency_seconds_sum{route="/x"} 7.65
latency_seconds_count{route="/x"} 4
`);
  });

  it("has a bounded number of series, whatever callers call themselves", () => {
    const registry = createRegistry();
    const calls = registry.counter({
      name: "calls_total",
      help: "Calls.",
      labels: ["user", "model"],
      most: 3,
    });
    for (let n = 0; n < 1_000; n++) calls.of(`user-${n}`, "m").add(1);
    calls.of("user-0", "m").add(1);
    const series = registry.snapshot()[0]?.series;
    expect(series?.map(({ values, value }) => [values.join(), value])).toEqual([
      ["user-0,m", 2],
      ["user-1,m", 1],
      ["user-2,m", 1],
      ["(other),(other)", 997],
    ]);
  });

  it("of no two series makes one, wherever the separator of their labels stands", () => {
    const calls = createRegistry().counter({
      name: "calls_total",
      help: "Calls.",
      labels: ["user", "model"],
    });
    expect(calls.of("a", "b,c")).not.toBe(calls.of("a,b", "c"));
    expect(calls.of('a","b', "c")).not.toBe(calls.of("a", 'b","c'));
  });

  it("adds up what several workers counted", () => {
    const worker = (user: string) => {
      const registry = createRegistry();
      registry
        .counter({ name: "calls_total", help: "Calls.", labels: ["user"] })
        .of(user)
        .add(2);
      registry.histogram({ name: "latency_seconds", help: "Time." }, [1]).of().observe(3);
      registry.gauge({ name: "lag_seconds", help: "Worst.", together: "max" }, () => [
        [[], user === "b" ? 9 : 1],
      ]);
      return registry.snapshot();
    };
    const text = exposition(mergeSnapshots([worker("a"), worker("a"), worker("b")]));
    expect(text).toContain("lag_seconds 9\n");
    expect(text).toContain('calls_total{user="a"} 4\ncalls_total{user="b"} 2\n');
    expect(text).toContain(
      'latency_seconds_bucket{le="1"} 0\nlatency_seconds_bucket{le="+Inf"} 3\nlatency_seconds_sum 9\n',
    );
  });

  it("refuses two metrics of one name", () => {
    const registry = createRegistry();
    registry.counter({ name: "calls_total", help: "Calls." });
    expect(() => registry.counter({ name: "calls_total", help: "Calls." })).toThrow(RangeError);
    expect(() => registry.counter({ name: "not a name", help: "" })).toThrow(RangeError);
  });
});
