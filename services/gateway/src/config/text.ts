import type { SettingInfo } from "./setting.ts";
import type { Node } from "./settings.ts";

/** A value out of the environment or a flag: text, as the type of its setting. What does not fit stays text, to be judged. */
export function readText(node: Node, info: SettingInfo, text: string): unknown {
  if (node.type === "array") return splitList(text, info.kind === "subject");
  if (info.kind === "integer") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (info.kind === "switch") return SWITCH[text.toLowerCase()] ?? text;
  return text;
}

const SWITCH: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

/**
 * Spaces and commas separate. Between subjects a comma separates only where an issuer follows: a subject may hold one.
 */
function splitList(text: string, subjects: boolean): readonly string[] {
  const parts = subjects ? text.split(/\s+|,\s*(?=https?:)/i) : text.split(/[\s,]+/);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
