import type { Call } from "../call.ts";
import type { ToolOrder } from "../tool.ts";
import { eraseUser } from "./erase.ts";
import { exportRows } from "./export.ts";
import { printCheckpoint } from "./print-checkpoint.ts";
import { tail } from "./tail.ts";
import { verifyTrail } from "./verify.ts";

const ACTIONS: Readonly<Record<string, (call: Call, flags: ToolOrder["flags"]) => Promise<number>>> = {
  verify: verifyTrail,
  export: exportRows,
  tail,
  checkpoint: printCheckpoint,
  erase: eraseUser,
};

export async function audit(call: Call, { action, flags }: ToolOrder): Promise<number> {
  const run = ACTIONS[action];
  if (run === undefined) throw new TypeError(`audit has no action ${action}`);
  return run(call, flags);
}
