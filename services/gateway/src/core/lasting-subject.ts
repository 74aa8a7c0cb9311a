/**
 * Claims that a user can change or share (whoever takes over an address would take over what its owner had here), or that say who was
 * asked instead of who it is. None can be half of an owner.
 */
const UNFIT: ReadonlySet<string> = new Set([
  ...["email", "preferred_username", "upn", "unique_name", "name", "nickname", "phone_number"],
  ...["iss", "aud", "azp", "client_id", "jti", "sid"],
]);

/** Can users be known by this claim for good? Judged by the last step of a path. */
export function isLastingSubject(claim: string): boolean {
  return !UNFIT.has(claim.split(/[./]/).at(-1) ?? "");
}
