import { type Call, EXIT } from "./call.ts";
import { CliError } from "./cli-error.ts";
import { printable } from "./printable.ts";
import type { Tool, ToolOrder } from "./tool.ts";

/** Runs a management command; what it cannot do is told in a line. */
export async function runTool(
  outer: Call,
  { tool, order }: { readonly tool: Tool; readonly order: ToolOrder },
): Promise<number> {
  const call: Call = { ...outer, tell: (line) => outer.tell(printable(line)) };
  try {
    return await tool.run(call, order);
  } catch (error) {
    const name = ["attach-gateway", tool.name, order.action].filter((word) => word !== "").join(" ");
    if (error instanceof CliError) call.tell(`${name}: ${error.message}`);
    else call.tell(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof CliError && error.usage ? EXIT.configuration : EXIT.failure;
  }
}
