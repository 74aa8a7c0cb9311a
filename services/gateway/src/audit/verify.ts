import { AUDIT_CHAIN_START, AUDIT_ROW_VERSION, auditCommitment, auditRowHash } from "../core/audit-row.ts";
import type { AuditEntry } from "../core/ports/audit.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { readCheckpoint, type Stand } from "./checkpoint.ts";
import { droppedBy } from "./gap.ts";
import type { FindKey } from "./statement.ts";

/** A row that is none: where it stands, as far as that can be told, and why. */
export interface BadRow {
  readonly seq: number | null;
  readonly hash: string | null;
  readonly problem: string;
}

export interface Fault {
  /** The row's `seq`; `null` where the fault is not one row's. */
  readonly row: number | null;
  readonly problem: string;
}

export interface ChainReport {
  readonly rows: number;
  readonly last: Stand | null;
  /** The first faults, in order. */
  readonly faults: readonly Fault[];
  /** All of them. */
  readonly faultCount: number;
  /** Rows whose person was erased: whole, and nobody can say any more who it was. */
  readonly erased: number;
  /** Calls that were not recorded, by the signed gap records. */
  readonly dropped: number;
  /** Checkpoints whose row was found as they state it. */
  readonly confirmed: number;
  /** The last row that a checkpoint covers; 0 where none does. */
  readonly covered: number;
}

export interface ChainInput {
  /** Compact JWS each, of this store or kept elsewhere, with the name to call it by. */
  readonly checkpoints: readonly { readonly name: string; readonly jws: string }[];
  /** Keys of the authority, retired ones among them. */
  readonly findKey: FindKey;
  /** Are there keys to judge gap records by? An export alone has none. Default: yes. */
  readonly gaps?: boolean;
  /** The highest `seq` that the table ever held, where the source knows that. */
  readonly highest?: number | undefined;
}

/** Faults that are told one by one; a chain that is rubbish has as many as rows. */
const TOLD = 20;

/** Takes a chain row by row, in the order it stands in, and judges all of it. Pure: rows in, faults out; constant memory. */
export class ChainVerifier {
  readonly #input: ChainInput;
  readonly #stated = new Map<number, { readonly name: string; readonly hash: string }[]>();
  readonly #faults: Fault[] = [];
  #faultCount = 0;
  #rows = 0;
  #seq = 0;
  #hash: string | null = AUDIT_CHAIN_START;
  #erased = 0;
  #dropped = 0;
  #confirmed = 0;
  #covered = 0;

  constructor(input: ChainInput) {
    this.#input = input;
    for (const { name, jws } of input.checkpoints) {
      const read = readCheckpoint(jws, input.findKey);
      if (!read.ok) {
        this.#fault(null, `${name} ${read.reason}`);
        continue;
      }
      const { seq, hash } = read.value;
      this.#stated.set(seq, [...(this.#stated.get(seq) ?? []), { name, hash }]);
    }
  }

  add(row: AuditEntry | BadRow): void {
    this.#rows++;
    if ("problem" in row) {
      this.#fault(row.seq, row.problem);
      this.#step(row.seq ?? this.#seq + 1, row.hash);
      return;
    }
    const { seq } = row;
    const place = this.#faultOfPlace(row);
    if (place !== undefined) this.#fault(seq, place);
    const content = faultOfContent(row);
    if (!content.ok) this.#fault(seq, content.reason);
    if (row.commitment !== null && row.user === null) this.#erased++;
    if (row.action === "audit.gap") this.#readGap(row);
    this.#compareStated(row);
    this.#step(seq, row.hash);
  }

  end(): ChainReport {
    const { highest = 0 } = this.#input;
    for (const [seq, stated] of this.#stated) {
      for (const { name } of stated) {
        if (seq > this.#seq)
          this.#fault(
            seq,
            `is gone: ${name} says that the chain reached it, and it ends at row ${this.#seq}`,
          );
        else this.#fault(seq, `is gone, and ${name} says that it was there`);
      }
    }
    if (highest > this.#seq)
      this.#fault(highest, `is gone: the table has held it, and the chain ends at row ${this.#seq}`);
    return {
      rows: this.#rows,
      last: this.#rows === 0 || this.#hash === null ? null : { seq: this.#seq, hash: this.#hash },
      faults: this.#faults,
      faultCount: this.#faultCount,
      erased: this.#erased,
      dropped: this.#dropped,
      confirmed: this.#confirmed,
      covered: this.#covered,
    };
  }

  #faultOfPlace({ seq, prev }: AuditEntry): string | undefined {
    const expected = this.#seq + 1;
    if (seq > expected)
      return seq === expected + 1
        ? `follows row ${this.#seq}: row ${expected} is missing`
        : `follows row ${this.#seq}: rows ${expected} to ${seq - 1} are missing`;
    if (seq < expected) return `follows row ${this.#seq}: it is out of its place, or there twice`;
    if (this.#hash === null || prev === this.#hash) return undefined;
    return seq === 1
      ? "names a row before it, and it is the first"
      : `does not follow row ${this.#seq}: one of the two was replaced`;
  }

  #readGap(row: AuditEntry): void {
    if (this.#input.gaps === false) return;
    const dropped = droppedBy(row, this.#input.findKey);
    if (dropped === undefined) this.#fault(row.seq, "is a gap record whose signature does not bear it out");
    else this.#dropped += dropped;
  }

  #compareStated({ seq, hash }: AuditEntry): void {
    const stated = this.#stated.get(seq);
    if (stated === undefined) return;
    this.#stated.delete(seq);
    for (const { name, hash: wanted } of stated) {
      if (wanted === hash) {
        this.#confirmed++;
        this.#covered = Math.max(this.#covered, seq);
      } else this.#fault(seq, `is not what ${name} says: it, or a row before it, was written anew`);
    }
  }

  #step(seq: number, hash: string | null): void {
    this.#seq = seq;
    this.#hash = hash;
  }

  #fault(row: number | null, problem: string): void {
    this.#faultCount++;
    if (this.#faults.length < TOLD) this.#faults.push({ row, problem });
  }
}

/** Does a row hold what its hash and its commitment say? */
function faultOfContent(row: AuditEntry): Result<null, string> {
  const { v, user, salt, commitment, hash } = row;
  if (v < 1 || v > AUDIT_ROW_VERSION) return refuse(`has version ${v}, which this program does not know`);
  if (auditRowHash(row) !== hash) return refuse("was changed: its hash is not that of what it holds");
  if (v === 1 || user === null) return ok(null);
  if (commitment === null) return refuse("names a user, and the chain has none there");
  if (salt === null || auditCommitment(salt, user) !== commitment)
    return refuse("names another user than the one the chain committed to");
  return ok(null);
}
