import { auditTool } from "./audit/tool.ts";
import { policyTool } from "./policy/tool.ts";
import type { Tool } from "./tool.ts";

/** Every management command, in the order of the usage. */
export const TOOLS: readonly Tool[] = [auditTool, policyTool];
