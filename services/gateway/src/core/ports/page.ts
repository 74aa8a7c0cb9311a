import type { Owner } from "../owner.ts";

/** One page of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface PageQuestion {
  /** `null`: everybody's (admin). */
  readonly owner: Owner | null;
  readonly cursor: string | null;
  readonly limit: number;
}
