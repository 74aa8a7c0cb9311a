import type { ChainReport } from "../../audit/verify.ts";
import type { Call } from "../call.ts";

/** Says what was found, for a person. @returns whether the trail is whole */
export function tellReport(call: Call, report: ChainReport): boolean {
  const { rows, last, faults, faultCount, erased, dropped, confirmed, covered } = report;
  const whole = faultCount === 0;
  if (whole) {
    const end = last === null || rows === 0 ? "" : `, up to row ${last.seq} (${last.hash})`;
    call.say(`The audit trail is whole: ${count(rows, "row")}${end}.`);
  } else {
    call.say(`The audit trail is BROKEN: ${count(faultCount, "fault")} in ${count(rows, "row")}.`);
    for (const { row, problem } of faults)
      call.say(row === null ? `  ${problem}` : `  row ${row} ${problem}`);
    if (faultCount > faults.length) call.say(`  … and ${faultCount - faults.length} more`);
  }
  if (confirmed > 0) call.say(`Signed checkpoints confirmed: ${confirmed}, the last at row ${covered}.`);
  else if (rows > 0)
    call.say(
      "No signed checkpoint was confirmed: whoever can write to it could have written all of it anew.",
    );
  if (whole && last !== null && confirmed > 0 && covered < last.seq)
    call.say(`Rows ${covered + 1} to ${last.seq} stand after it: cut off, they would not be missed yet.`);
  if (erased > 0) call.say(`Rows whose person was erased: ${erased}.`);
  if (dropped > 0) call.say(`Calls that were not recorded, by signed gap records: ${dropped}.`);
  return whole;
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
