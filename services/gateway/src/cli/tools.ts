import { agentsTool } from "./agents/tool.ts";
import { auditTool } from "./audit/tool.ts";
import { backupTool } from "./backup.ts";
import { keysTool } from "./keys/tool.ts";
import { migrateTool } from "./migrate.ts";
import { policyTool } from "./policy/tool.ts";
import type { Tool } from "./tool.ts";

/** Every management command, in the order of the usage. */
export const TOOLS: readonly Tool[] = [agentsTool, keysTool, policyTool, auditTool, migrateTool, backupTool];
