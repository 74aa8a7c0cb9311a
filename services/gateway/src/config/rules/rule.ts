import type { Layers } from "../layers.ts";
import type { Settings } from "../schema.ts";

/** What a rule about several settings judges by. It reports into `layers.report`. */
export interface RuleInput {
  readonly settings: Settings;
  readonly layers: Layers;
  readonly command: "serve" | "dev" | "tool";
  /** The address clients use, as it will be. */
  readonly publicUrl: string;
}

export type Rule = (input: RuleInput) => void;
