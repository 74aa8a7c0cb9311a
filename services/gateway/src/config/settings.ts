import { SETTINGS } from "./schema.ts";
import type { SettingInfo } from "./setting.ts";

/** A TypeBox schema as the JSON Schema that it is: what the code that walks it needs. */
export interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  /** Only on a setting. */
  readonly setting?: SettingInfo;
}

/** One setting and its place in the file; `*` stands for each entry of a list. */
export interface Setting {
  readonly path: readonly string[];
  readonly node: Node;
  readonly info: SettingInfo;
}

export const ROOT: Node = SETTINGS as unknown as Node;

/** Every setting, in the order of the schema. */
export function listSettings(): readonly Setting[] {
  return collect(ROOT, []);
}

function collect(node: Node, path: readonly string[]): readonly Setting[] {
  if (node.setting !== undefined) return [{ path, node, info: node.setting }];
  if (node.items !== undefined) return collect(node.items, [...path, "*"]);
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => collect(child, [...path, key]));
}

/** Where the environment's word for a setting goes: the first entry of a list. */
export function firstPath(path: readonly string[]): string {
  return path.map((step) => (step === "*" ? "0" : step)).join(".");
}

/** `issuers.0.issuer` as it is read in the file: `issuers[0].issuer`. */
export function fileKey(path: string): string {
  return path.replace(/\.(\d+)(?=\.|$)/g, "[$1]");
}

/** The setting at a path of a document; list entries of any index. */
export function settingAt(path: string): Setting | undefined {
  const plain = path.replace(/\.\d+(?=\.|$)/g, ".*");
  return listSettings().find((setting) => setting.path.join(".") === plain);
}
