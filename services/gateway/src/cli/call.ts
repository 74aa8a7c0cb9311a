/** What the process hands in: nothing below reads it from anywhere else. */
export interface Call {
  /** Arguments, without Node and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What was asked for: standard output, a line. */
  say(line: string): void;
  /** Does anybody still read standard output? `undefined`: nobody can tell. */
  isHeard?(): boolean;
  /** Progress, warnings and errors: standard error, a line. */
  tell(line: string): void;
  /** Standard input, whole and bounded. */
  readInput?(): Promise<string>;
  /** Hears the signals that ask the program to end. */
  onSignal(listener: (signal: StopSignal) => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
}

export type StopSignal = "SIGINT" | "SIGTERM";

export const EXIT = {
  ok: 0,
  /** Something failed while running: a port, a database. */
  failure: 1,
  /** The command line or the configuration is wrong: nothing was started. */
  configuration: 2,
} as const;
