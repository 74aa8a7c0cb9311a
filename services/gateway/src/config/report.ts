import type { ConfigMistake } from "./mistakes.ts";
import { fileKey, settingAt } from "./settings.ts";

/** Gathers what is wrong and what is worth a warning, under the names the operator knows. */
export interface Report {
  readonly mistakes: readonly ConfigMistake[];
  readonly warnings: readonly string[];
  /** Something is wrong at a path of the settings. */
  mistake(path: string, problem: string, example?: string): void;
  /** Something is wrong outside the settings: a file, a variable. */
  complain(mistake: ConfigMistake): void;
  warn(line: string): void;
  /** Was a mistake reported at this path? Rules about several settings then keep silent. */
  isFaulty(path: string): boolean;
  /** What the operator calls the setting at this path. */
  nameOf(path: string): string;
}

/** @param origin where the value at a path came from, in the operator's words; `undefined` for a default */
export function createReport(origin: (path: string) => string | undefined): Report {
  const mistakes: ConfigMistake[] = [];
  const warnings: string[] = [];
  const faulty = new Set<string>();
  const seen = new Set<string>();

  function add(mistake: ConfigMistake): void {
    const line = `${mistake.key} ${mistake.problem}`;
    if (!seen.has(line)) mistakes.push(mistake);
    seen.add(line);
  }

  function nameOf(path: string): string {
    const first = !/\.[1-9]\d*(\.|$)/.test(path);
    return origin(path) ?? (first ? settingAt(path)?.info.env : undefined) ?? fileKey(path);
  }

  return {
    mistakes,
    warnings,
    mistake(path, problem, example) {
      faulty.add(path);
      const key = nameOf(path);
      add({ key, problem, example: example ?? exampleFor(path, key) });
    },
    complain: add,
    warn: (line) => void warnings.push(line),
    isFaulty: (path) => faulty.has(path),
    nameOf,
  };
}

/** A right line for the setting, in the spelling of the place it came from. */
function exampleFor(path: string, key: string): string {
  const info = settingAt(path)?.info;
  const leaf = path.split(".").findLast((step) => !/^\d+$/.test(step)) ?? path;
  if (info === undefined) return `${leaf}: …`;
  if (key.startsWith("--")) return `${key} ${info.example}`;
  if (!key.includes(" ")) return key === info.env ? `${key}=${info.example}` : `${key}: ${info.example}`;
  return `${leaf}: ${info.secret && info.env !== undefined ? `{env: ${info.env}}` : info.example}`;
}
