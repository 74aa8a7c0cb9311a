/** One thing that is wrong with the configuration. Never holds a value that was given: it may be a secret in the wrong place. */
export interface ConfigMistake {
  /** The key as the operator wrote it: `PORT`, `--port`, or `server.port in attach.yaml`. */
  readonly key: string;
  /** Goes on after the key: "must be …", "is not a setting". */
  readonly problem: string;
  /** A line that would be right. */
  readonly example: string;
}

/** Every mistake, for a person. */
export function formatMistakes(mistakes: readonly ConfigMistake[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  const lines = mistakes.map(
    ({ key, problem, example }) => `  ${key} ${problem}\n      example: ${example}\n`,
  );
  return `The configuration has ${count}:\n\n${lines.join("\n")}`;
}
