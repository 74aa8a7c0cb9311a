/** One thing that is wrong with the policies, in the form that configuration mistakes are told in. */
export interface PolicyMistake {
  /** The file and the line, or the setting. */
  readonly key: string;
  /** Goes on after the key. */
  readonly problem: string;
  /** What would be right. */
  readonly example: string;
}

/** Policies that cannot be used. Nothing was changed. */
export class PolicyError extends Error {
  readonly mistakes: readonly PolicyMistake[];

  constructor(mistakes: readonly PolicyMistake[]) {
    super(mistakes.map(({ key, problem }) => `${key} ${problem}`).join("; "));
    this.name = "PolicyError";
    this.mistakes = mistakes;
  }
}

/** Points at a place of a policy file. Cedar counts in bytes. */
export function mistakeAt(
  { name, text }: { readonly name: string; readonly text: string },
  {
    start,
    problem,
    help,
  }: { readonly start: number; readonly problem: string; readonly help: string | null },
): PolicyMistake {
  const line = Buffer.from(text).subarray(0, start).toString().split("\n").length;
  return { key: `${name}:${line}`, problem, example: help ?? "see docs/policy.md" };
}
