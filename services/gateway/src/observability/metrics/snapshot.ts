/** A metric as it stands: plain data, so that it can cross from one worker of the gateway to another. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** What several processes' values make together. */
  readonly together: "sum" | "max" | "min";
  /** Upper bounds of a histogram's buckets. */
  readonly bounds: readonly number[];
  readonly series: readonly SeriesSnapshot[];
}

export interface SeriesSnapshot {
  readonly values: readonly string[];
  /** Of a counter or a gauge; the sum of a histogram. */
  readonly value: number;
  /** How many fell into each bucket of a histogram, and beyond the last. */
  readonly counts: readonly number[];
}

/** Several workers' metrics as one. */
export function mergeSnapshots(all: readonly (readonly MetricSnapshot[])[]): readonly MetricSnapshot[] {
  const metrics = new Map<string, { about: MetricSnapshot; series: Map<string, SeriesSnapshot> }>();
  for (const about of all.flat()) {
    const known = metrics.get(about.name) ?? { about, series: new Map<string, SeriesSnapshot>() };
    metrics.set(about.name, known);
    for (const one of about.series) {
      const key = JSON.stringify(one.values);
      const other = known.series.get(key);
      known.series.set(key, other === undefined ? one : join(one, other, about.together));
    }
  }
  return [...metrics.values()].map(({ about, series }) => ({ ...about, series: [...series.values()] }));
}

function join(
  one: SeriesSnapshot,
  other: SeriesSnapshot,
  together: MetricSnapshot["together"],
): SeriesSnapshot {
  return {
    values: one.values,
    value: together === "sum" ? one.value + other.value : Math[together](one.value, other.value),
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
  };
}

/** Prometheus's text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function exposition(metrics: readonly MetricSnapshot[]): string {
  const lines: string[] = [];
  for (const { name, help, type, labels, bounds, series } of metrics) {
    lines.push(
      `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`,
      `# TYPE ${name} ${type}`,
    );
    for (const { values, value, counts } of series) {
      const own = labels.map((label, i) => `${label}="${escaped(values[i] ?? "")}"`);
      if (type !== "histogram") {
        lines.push(`${name}${braced(own)} ${value}`);
        continue;
      }
      let below = 0;
      for (let bucket = 0; bucket <= bounds.length; bucket++) {
        below += counts[bucket] ?? 0;
        lines.push(`${name}_bucket${braced([...own, `le="${bounds[bucket] ?? "+Inf"}"`])} ${below}`);
      }
      lines.push(`${name}_sum${braced(own)} ${value}`, `${name}_count${braced(own)} ${below}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const braced = (labels: readonly string[]): string => (labels.length === 0 ? "" : `{${labels.join(",")}}`);

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
