/**
 * Decodes canonical base64url (RFC 7515 §2): no padding, no white space, no bits left over. Node's decoder skips what it does
 * not know, so that many spellings give the same bytes; only the one that the encoder would write is let through, or a token
 * could be respelled without breaking its signature.
 * @returns `undefined` for any other spelling
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
