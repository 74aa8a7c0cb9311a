import type { Call } from "./call.ts";

/** What one action of a management command takes. */
export interface Action {
  /** Flags of its own by name; a `switch` takes no value. `--config` is for every action. */
  readonly flags: Readonly<Record<string, "value" | "switch" | "list">>;
  /** Most words after the action, such as an id. */
  readonly words?: number;
}

/** A command that manages what stands in the store: `attach-gateway <tool> <action> …`. The operator owns the machine. */
export interface Tool {
  readonly name: string;
  /** Its lines of the usage: command on the left, what it does on the right. */
  readonly usage: readonly (readonly [string, string])[];
  /** By name; the empty name is the tool without an action, for those that have none. */
  readonly actions: Readonly<Record<string, Action>>;
  /** Loads what it needs only now, so that `--help` answers at once. Resolves to the exit code. */
  run(call: Call, order: ToolOrder): Promise<number>;
}

export interface ToolOrder {
  readonly action: string;
  readonly words: readonly string[];
  readonly flags: ToolFlags;
}

/** Values by name; a switch that is there is `[""]`. Only a `list` has more than one. */
export type ToolFlags = Readonly<Record<string, readonly string[]>>;
