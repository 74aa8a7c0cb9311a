const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/**
 * Decodes base58btc. Each number has one spelling: a leading `1` stands for a zero byte that none of our uses begins with, so it
 * is refused with everything outside the alphabet. The work grows with the square of the length: callers bound it first.
 */
export function decodeBase58(text: string): Buffer | undefined {
  if (text === "" || text.startsWith("1")) return undefined;
  let value = 0n;
  for (const digit of text) {
    const at = ALPHABET.indexOf(digit);
    if (at < 0) return undefined;
    value = value * 58n + BigInt(at);
  }
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
