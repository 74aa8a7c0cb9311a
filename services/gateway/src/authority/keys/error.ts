/** The keys in the store cannot be used; the message says what to do and is meant for the operator. */
export class SigningKeyError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "SigningKeyError";
  }
}

export function wrongSecret(cause: unknown): SigningKeyError {
  return new SigningKeyError(
    "ATTACH_SECRET is not the one that this database was first used with: set the earlier one again " +
      "(to change it, put the new one before it, separated by a comma), or name another database in DATABASE_URL",
    { cause },
  );
}
