/** A failure that is told as it stands. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** Is the command line at fault, and nothing was done? */
  readonly usage: boolean;

  constructor(message: string, { usage = false }: { readonly usage?: boolean } = {}) {
    super(message);
    this.usage = usage;
  }
}
