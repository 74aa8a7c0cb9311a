import { agentsTool } from "./agents/tool.ts";
import { auditTool } from "./audit/tool.ts";
import { backupTool } from "./backup.ts";
import { doctorTool } from "./doctor/tool.ts";
import { keysTool } from "./keys/tool.ts";
import { loginTool } from "./login/tool.ts";
import { memoryTool } from "./memory/tool.ts";
import { migrateTool } from "./migrate.ts";
import { policyTool } from "./policy/tool.ts";
import { tokenTool } from "./token/tool.ts";
import type { Tool } from "./tool.ts";

/** What touches no store, in the order of the usage. */
export const OWN_TOOLS: readonly Tool[] = [loginTool, tokenTool, doctorTool];

/** Every management command, in the order of the usage. */
export const STORE_TOOLS: readonly Tool[] = [
  agentsTool,
  keysTool,
  policyTool,
  auditTool,
  memoryTool,
  migrateTool,
  backupTool,
];

export const TOOLS: readonly Tool[] = [...OWN_TOOLS, ...STORE_TOOLS];
