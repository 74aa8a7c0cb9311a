import { ok, type Result, refuse } from "../core/result.ts";
import { checkSettings } from "./check.ts";
import type { Config } from "./config.ts";
import { type ConfigSources, layer } from "./layers.ts";
import type { ConfigMistake } from "./mistakes.ts";
import { publicUrlOf, resolveConfig } from "./resolve.ts";
import { RULES } from "./rules.ts";

/**
 * Reads the whole configuration: flags over environment over `.env` over `attach.yaml`.
 * @returns a frozen configuration, or everything that is wrong with it at once
 */
export function loadConfig(sources: ConfigSources): Result<Config, readonly ConfigMistake[]> {
  const layers = layer(sources);
  const settings = checkSettings(layers);
  const { mistakes, warnings } = layers.report;
  const input = { settings, layers, command: sources.command ?? "serve", publicUrl: publicUrlOf(settings) };
  for (const rule of RULES) rule(input);
  return mistakes.length > 0 ? refuse(mistakes) : ok(resolveConfig(settings, warnings));
}

/** Which settings were given at all, defaults aside, whether right or wrong: what the command line decides by. */
export interface NamedSettings {
  has(path: string): boolean;
  /** A file could not be read, so nobody knows what it names. */
  readonly broken: boolean;
}

export function namedSettings(sources: ConfigSources): NamedSettings {
  const { isNamed, report } = layer(sources);
  return { has: isNamed, broken: report.mistakes.length > 0 };
}
