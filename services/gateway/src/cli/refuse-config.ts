import { type ConfigMistake, formatMistakes } from "../config/mistakes.ts";
import { type Call, EXIT } from "./call.ts";

/** Tells every mistake at once. */
export function refuseConfig(call: Call, mistakes: readonly ConfigMistake[]): number {
  call.tell(formatMistakes(mistakes));
  call.tell("All settings: docs/configuration.md, or attach-gateway --help. Nothing was started.");
  return EXIT.configuration;
}
