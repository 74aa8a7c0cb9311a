import { ownerKey } from "../core/owner.ts";
import type { UsageSum } from "../core/ports/metering.ts";
import type { Usage } from "../core/ports/relayed-call.ts";
import type { Principal } from "../core/principal.ts";

const HOUR_MS = 3_600_000;
/** Most rows that one owner gets in an hour. Models and agents are names that callers choose: the rest is summed up as this. */
const OWNER_ROWS = 256;
const OTHER = "(other)";
/** Cells kept in memory: beyond that all are let go once they are written. */
const MOST_CELLS = 10_000;

/** What one owner used by one agent, model and upstream since it was last written. */
interface Cell {
  readonly about: Pick<UsageSum, "owner" | "agent" | "model" | "upstream">;
  readonly isOther: boolean;
  hour: number;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  estimatedTokens: number;
}

/** What a call is booked under. */
export interface Booking {
  readonly principal: Principal;
  readonly model: string | null;
  readonly upstream: string;
}

/**
 * Usage between two writes, summed up: a call adds to numbers, and a thousand calls of one user make one row to write. Bounded
 * by the owners that called, and for each of them.
 */
export class UsageSums {
  #cells = new Map<string, Cell>();
  #changed: Cell[] = [];
  /** Of an hour that ended with something in a cell. */
  #ended: UsageSum[] = [];
  #last = new WeakMap<Principal, Cell>();
  #rows = new Map<string, number>();
  #rowsOf = 0;

  get waiting(): number {
    return this.#changed.length + this.#ended.length;
  }

  add(booking: Booking, usage: Usage, now: number): void {
    const hour = now - (now % HOUR_MS);
    const cell = this.#cellOf(booking, hour);
    if (cell.hour !== hour) {
      if (cell.requests > 0) this.#ended.push(take(cell));
      cell.hour = hour;
    }
    if (cell.requests === 0) this.#changed.push(cell);
    const { inputTokens, outputTokens } = usage;
    cell.requests++;
    cell.inputTokens += inputTokens;
    cell.outputTokens += outputTokens;
    if (usage.source === "estimate") cell.estimatedTokens += inputTokens + outputTokens;
  }

  /** What has to be written, and from here on is not held any more. */
  take(): UsageSum[] {
    const sums = this.#ended;
    for (const cell of this.#changed) if (cell.requests > 0) sums.push(take(cell));
    this.#ended = [];
    this.#changed = [];
    if (this.#cells.size > MOST_CELLS) {
      this.#cells = new Map();
      this.#last = new WeakMap();
    }
    return sums;
  }

  #cellOf({ principal, model, upstream }: Booking, hour: number): Cell {
    const last = this.#last.get(principal);
    if (last !== undefined && !last.isOther && last.about.model === model && last.about.upstream === upstream)
      return last;
    const { owner } = principal;
    const agent = principal.kind === "agent" ? principal.agent : null;
    const key = JSON.stringify([owner.iss, owner.sub, owner.tenant, agent, model, upstream]);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const isOther = this.#isBeyond(ownerKey(owner), hour) && model !== OTHER;
      if (isOther) return this.#other({ principal, model, upstream });
      cell = empty({ owner, agent, model, upstream }, hour, false);
      this.#cells.set(key, cell);
    }
    this.#last.set(principal, cell);
    return cell;
  }

  #other({ principal: { owner }, upstream }: Booking): Cell {
    const key = JSON.stringify([owner.iss, owner.sub, owner.tenant, OTHER, OTHER, upstream]);
    const known = this.#cells.get(key) ?? empty({ owner, agent: OTHER, model: OTHER, upstream }, 0, true);
    this.#cells.set(key, known);
    return known;
  }

  #isBeyond(owner: string, hour: number): boolean {
    if (this.#rowsOf !== hour) {
      this.#rows = new Map();
      this.#rowsOf = hour;
    }
    const rows = (this.#rows.get(owner) ?? 0) + 1;
    this.#rows.set(owner, rows);
    return rows > OWNER_ROWS;
  }
}

function empty(about: Cell["about"], hour: number, isOther: boolean): Cell {
  return { about, isOther, hour, requests: 0, inputTokens: 0, outputTokens: 0, estimatedTokens: 0 };
}

function take(cell: Cell): UsageSum {
  const { about, hour, requests, inputTokens, outputTokens, estimatedTokens } = cell;
  cell.requests = cell.inputTokens = cell.outputTokens = cell.estimatedTokens = 0;
  return { ...about, hour, requests, inputTokens, outputTokens, estimatedTokens };
}
