import type { Counter, Family, Histogram, MetricAbout } from "../../core/ports/metrics.ts";

export class Count implements Counter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
}

export class Distribution implements Histogram {
  /** How many fell into each bucket, and into none. */
  readonly counts: number[];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
  }
}

/** What stands for all that came after the most series that a metric may have. */
const OVERFLOW = "(other)";
const MOST_SERIES = 1_000;
/** Longest label value, in characters: some of them callers choose. */
const MOST_CHARACTERS = 256;

/** The series of one metric. Their number is bounded, whatever callers call themselves and their models. */
export class Series<One> implements Family<One> {
  readonly all: { readonly values: readonly string[]; readonly one: One }[] = [];
  readonly #byValues = new Map<string, One>();
  readonly #labels: number;
  readonly #most: number;
  readonly #make: () => One;

  constructor({ labels = [], most = MOST_SERIES }: MetricAbout, make: () => One) {
    this.#labels = labels.length;
    this.#most = most;
    this.#make = make;
  }

  of(...values: readonly string[]): One {
    const shown = values.map((value) => value.slice(0, MOST_CHARACTERS));
    const key = JSON.stringify(shown);
    const known = this.#byValues.get(key);
    if (known !== undefined) return known;
    if (this.all.length < this.#most) return this.#add(key, shown);
    const rest = new Array<string>(this.#labels).fill(OVERFLOW);
    const restKey = JSON.stringify(rest);
    return this.#byValues.get(restKey) ?? this.#add(restKey, rest);
  }

  #add(key: string, values: readonly string[]): One {
    const one = this.#make();
    this.#byValues.set(key, one);
    this.all.push({ values, one });
    return one;
  }
}
