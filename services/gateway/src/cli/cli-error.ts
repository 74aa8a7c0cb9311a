/** A failure that is told as it stands. */
export class CliError extends Error {
  override readonly name = "CliError";
}
