/** What a metric is called and what its labels are, by Prometheus's rules. */
export interface MetricAbout {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Most combinations of label values; what comes after is counted together under `(other)`. */
  readonly most?: number;
}

/** One series: kept by who adds to it, so that adding is an addition and nothing else. */
export interface Counter {
  add(amount: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

export interface Family<Series> {
  /** The series of these label values, in the order of `labels`; the same one each time. */
  of(...values: readonly string[]): Series;
}

/** A metric that is asked for its value. */
export interface ReadAbout extends MetricAbout {
  /** A counter that somebody else keeps only grows. */
  readonly type?: "gauge" | "counter";
  /** What several processes' values make together. */
  readonly together?: "sum" | "max" | "min";
}

/** Where rooms put what they count. */
export interface Metrics {
  counter(about: MetricAbout): Family<Counter>;
  /** @param bounds upper bounds of the buckets, ascending */
  histogram(about: MetricAbout, bounds: readonly number[]): Family<Histogram>;
  /** Asked when somebody looks. @param read series: label values, and the value now */
  gauge(about: ReadAbout, read: () => readonly (readonly [labels: readonly string[], value: number])[]): void;
}
