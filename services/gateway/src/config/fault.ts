import Schema from "typebox/schema";
import { faultOfText } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import type { SettingInfo } from "./setting.ts";
import type { Node } from "./settings.ts";

/** What is wrong with a value; `undefined` when it is right. */
export function faultOf(node: Node, info: SettingInfo, value: unknown): string | undefined {
  if (node.type === "array") return faultOfList(node, info, value);
  if (node.enum !== undefined) return faultOfChoice(node.enum, value);
  if (info.kind === "integer") {
    return Schema.Check(node, value)
      ? undefined
      : `must be a whole number from ${node.minimum} to ${node.maximum}`;
  }
  if (info.kind === "switch")
    return typeof value === "boolean" ? undefined : "must be on or off (true or false)";
  return typeof value === "string" ? faultOfText(value, info) : "must be text";
}

function faultOfList(node: Node, info: SettingInfo, value: unknown): string | undefined {
  if (!Array.isArray(value)) return "must be a list";
  const { items = {} } = node;
  for (const [index, item] of value.entries()) {
    const fault = faultOf({ ...items, setting: info }, info, item);
    if (fault !== undefined)
      return value.length === 1 ? fault : `${fault} (entry ${index + 1} of ${value.length})`;
  }
  return undefined;
}

function faultOfChoice(values: readonly string[], value: unknown): string | undefined {
  if (typeof value === "string" && values.includes(value)) return undefined;
  const near = typeof value === "string" ? nearest(value, values) : undefined;
  return `must be one of ${values.join(", ")}${near === undefined ? "" : `; did you mean "${near}"?`}`;
}
