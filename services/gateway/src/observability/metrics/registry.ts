import type { MetricAbout, Metrics } from "../../core/ports/metrics.ts";
import { Count, Distribution, Series } from "./series.ts";
import type { MetricSnapshot, SeriesSnapshot } from "./snapshot.ts";

export interface Registry extends Metrics {
  /** Every metric as it stands now. */
  snapshot(): readonly MetricSnapshot[];
}

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Everything this process counts. Small on purpose (docs/decisions/0011-metrics-of-our-own.md): a series is an object that who
 * counts keeps hold of, and what costs anything happens when somebody looks.
 */
export function createRegistry(): Registry {
  const metrics = new Map<string, () => MetricSnapshot>();

  function add(
    about: MetricAbout,
    type: MetricSnapshot["type"],
    rest: {
      readonly bounds?: readonly number[];
      readonly together?: MetricSnapshot["together"] | undefined;
      readonly series: () => readonly SeriesSnapshot[];
    },
  ): void {
    const { name, help, labels = [] } = about;
    if (metrics.has(name) || ![name, ...labels].every((word) => NAME.test(word)))
      throw new RangeError(`not a metric's name, or taken: ${name}`);
    const { bounds = [], together = "sum", series } = rest;
    metrics.set(name, () => ({ name, help, type, labels, together, bounds, series: series() }));
  }

  return {
    counter(about) {
      const series = new Series(about, () => new Count());
      if (about.labels === undefined) series.of();
      add(about, "counter", {
        series: () => series.all.map(({ values, one }) => ({ values, value: one.value, counts: [] })),
      });
      return series;
    },
    histogram(about, bounds) {
      const series = new Series(about, () => new Distribution(bounds));
      if (about.labels === undefined) series.of();
      add(about, "histogram", {
        bounds,
        series: () =>
          series.all.map(({ values, one }) => ({ values, value: one.sum, counts: [...one.counts] })),
      });
      return series;
    },
    gauge(about, read) {
      add(about, about.type ?? "gauge", {
        together: about.together,
        series: () => read().map(([values, value]) => ({ values, value, counts: [] })),
      });
    },
    snapshot: () => [...metrics.values()].map((take) => take()),
  };
}
