import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolOrder } from "../tool.ts";

export async function audit(_call: Call, { action }: ToolOrder): Promise<number> {
  throw new CliError(`${action} is not there yet`);
}
