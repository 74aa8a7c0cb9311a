import Schema from "typebox/schema";
import { faultOf } from "./fault.ts";
import { isTree } from "./file.ts";
import type { Layers } from "./layers.ts";
import { nearest } from "./nearest.ts";
import { PLANNED_KEYS, SETTINGS, type Settings } from "./schema.ts";
import type { SettingInfo } from "./setting.ts";
import { fileKey, type Node, ROOT } from "./settings.ts";
import { readText } from "./text.ts";

/**
 * Judges every value by its setting, reports what is wrong, and fills in defaults. A faulty value is replaced by its default, so
 * that the rules about several settings can go on; it must not be used once a mistake is reported.
 */
export function checkSettings(layers: Layers): Settings {
  const settings = readNode(ROOT, layers.tree, "", layers);
  // The walk and the schema say the same: were they ever to differ, no boot is better than a wrong one.
  if (layers.report.mistakes.length === 0 && !Schema.Check(SETTINGS, settings))
    throw new Error("the configuration does not match its own schema");
  return settings as Settings;
}

function readNode(node: Node, raw: unknown, path: string, layers: Layers): unknown {
  if (node.setting !== undefined) return readSetting(node, node.setting, { raw, path, layers });
  if (node.items !== undefined) return readList(node.items, raw ?? node.default, { path, layers });
  return readMap(node, raw ?? {}, { path, layers });
}

interface Place {
  readonly path: string;
  readonly layers: Layers;
}

function readList(items: Node, raw: unknown, { path, layers }: Place): unknown {
  if (Array.isArray(raw)) return raw.map((item, index) => readNode(items, item, `${path}.${index}`, layers));
  layers.report.mistake(path, "must be a list", `${path}:\n        - …`);
  return [];
}

function readMap(node: Node, raw: unknown, { path, layers }: Place): unknown {
  const { properties = {}, required = [] } = node;
  if (!isTree(raw)) layers.report.mistake(path, "must be a map of settings", `${fileKey(path)}: {…}`);
  const given = isTree(raw) ? raw : {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(properties, key)) reportUnknown(key, Object.keys(properties), { path, layers });
  }
  const entries = Object.entries(properties).flatMap(([key, child]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const value = readNode(child, Object.hasOwn(given, key) ? given[key] : undefined, place, layers);
    if (value === undefined && required.includes(key) && !layers.report.isFaulty(place))
      layers.report.mistake(place, "is missing");
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

function reportUnknown(key: string, known: readonly string[], { path, layers }: Place): void {
  const place = path === "" ? key : `${path}.${key}`;
  if (path === "" && PLANNED_KEYS.includes(key)) {
    layers.report.mistake(place, "is not supported by this version", "(take it out)");
    return;
  }
  const near = nearest(key, known);
  layers.report.mistake(
    place,
    near === undefined ? "is not a setting" : `is not a setting; did you mean "${near}"?`,
    near === undefined ? `one of ${known.join(", ")}` : `${near}: …`,
  );
}

interface Given extends Place {
  readonly raw: unknown;
}

function readSetting(node: Node, info: SettingInfo, { raw, path, layers }: Given): unknown {
  const fallback = structuredClone(node.default);
  if (raw === undefined || raw === null) return fallback;
  if (info.secret !== undefined && isTree(raw)) return readReference(node, info, { raw, path, layers });
  const value = asTyped(node, info, raw);
  const writtenDown = info.secret !== undefined && layers.isFromFile(path) && !isHarmless(info, value);
  const fault = writtenDown ? WRITTEN_DOWN : faultOf(node, info, value);
  if (fault === undefined) return value;
  layers.report.mistake(path, fault);
  return fallback;
}

const WRITTEN_DOWN = "must not be written into the file: name the variable that holds it";

/** An address without credentials may stand in the file. */
function isHarmless(info: SettingInfo, value: unknown): boolean {
  return info.kind === "address" && typeof value === "string" && !value.includes("@");
}

/** `{env: NAME}`: a secret of the file, out of the environment. */
function readReference(node: Node, info: SettingInfo, { raw, path, layers }: Given): unknown {
  const { env, ...others } = raw as Record<string, unknown>;
  if (typeof env !== "string" || !/^[A-Za-z_]\w*$/.test(env) || Object.keys(others).length > 0) {
    layers.report.mistake(path, "must name a variable and nothing else");
    return undefined;
  }
  const reading = layers.environment.secret(env);
  if (reading === undefined) {
    layers.report.mistake(path, `names ${env}, which is not set`, `${env}=${info.example}`);
    return undefined;
  }
  if ("mistake" in reading) {
    layers.report.complain(reading.mistake);
    return undefined;
  }
  const fault = faultOf(node, info, reading.value);
  if (fault === undefined) return reading.value;
  layers.report.mistake(path, `names ${env}, which ${fault}`, `${env}=${info.example}`);
  return undefined;
}

/** YAML has numbers for what is text with a unit here, and text where a list or a switch is meant. */
function asTyped(node: Node, info: SettingInfo, raw: unknown): unknown {
  if (typeof raw === "string" && (node.type === "array" || info.kind === "switch"))
    return readText(node, info, raw);
  if (["duration", "bytes", "decimal"].includes(info.kind) && typeof raw === "number") return String(raw);
  return raw;
}
