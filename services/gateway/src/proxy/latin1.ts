/** Node's own method behind `toString("latin1")`, which twenty calls a request make worth skipping. */
type WithLatin1 = Buffer & { latin1Slice(from?: number, to?: number): string };

/** The bytes from `from` to `to` as characters of the same number. */
export function latin1(bytes: Buffer, from = 0, to = bytes.length): string {
  return (bytes as WithLatin1).latin1Slice(from, to);
}
