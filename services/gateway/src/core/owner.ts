/** Who something belongs to: always the pair (issuer, subject), never the subject alone (CONTRACT §4). */
export interface Owner {
  readonly iss: string;
  readonly sub: string;
  readonly tenant: string | null;
}

/** An owner as one string, for maps: JSON of the pair, so that no two pairs can collide. */
export function ownerKey(owner: { readonly iss: string; readonly sub: string }): string {
  return JSON.stringify([owner.iss, owner.sub]);
}

/** Visible ASCII, 1 to 255 characters: all that an identifier may be (S09). Nothing to inject into a header, a log or a key. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,255}$/.test(value);
}
