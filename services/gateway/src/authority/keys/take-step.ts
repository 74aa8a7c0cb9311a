import type { Keyring } from "../../core/keyring.ts";
import type { SigningAlgorithm } from "../../core/ports/keys.ts";
import type { AuditEvent, SigningKeyRow, Store } from "../../core/ports/store.ts";
import { keyCreated, keyRotated } from "../events.ts";
import { SigningKeyError } from "./error.ts";
import { makeKeyRow, retireRow } from "./key-row.ts";
import type { KeyStep } from "./schedule.ts";

export interface StepOptions {
  readonly store: Pick<Store, "loadSigningKeys" | "replaceSigningKeys">;
  readonly keyring: Keyring;
  /** For a key that is made. */
  readonly algorithm: SigningAlgorithm;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Takes one step of a rotation, in one transaction with its audit row. Where another process was first with another key to sign
 * with, nothing is written: whoever asked looks again.
 * @param rows the keys as they were when the step was decided
 */
export async function takeStep(
  step: KeyStep,
  rows: readonly SigningKeyRow[],
  options: StepOptions,
): Promise<"replaced" | "changed"> {
  const active = rows.findLast(({ status }) => status === "active");
  if (active === undefined) throw noneActive();
  const { keys, event } = await plan(step, rows, options);
  return options.store.replaceSigningKeys({ expected: active.kid, keys, event });
}

export const noneActive = () => new SigningKeyError("the store has signing keys, and none of them is active");

async function plan(
  step: KeyStep,
  rows: readonly SigningKeyRow[],
  { keyring, algorithm, now }: StepOptions,
): Promise<{ readonly keys: readonly SigningKeyRow[]; readonly event: AuditEvent }> {
  switch (step.kind) {
    case "add_next": {
      const next = await makeKeyRow({ alg: algorithm, status: "next", now }, keyring);
      return { keys: [...rows, next], event: keyCreated(next.kid, now) };
    }
    case "activate": {
      const keys = rows.map((row) => {
        if (row.kid === step.kid) return { ...row, status: "active", changedAt: now } as const;
        return row.status === "active" ? ({ ...row, status: "retiring", changedAt: now } as const) : row;
      });
      return { keys, event: keyRotated(step.kid, "activated", now) };
    }
    case "retire": {
      const keys = await Promise.all(
        rows.map((row) => (step.kids.includes(row.kid) ? retireRow(row, now, keyring) : row)),
      );
      return { keys, event: keyRotated(step.kids.join(" "), "retired", now) };
    }
  }
}
