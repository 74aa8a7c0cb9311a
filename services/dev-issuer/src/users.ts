/** The people this issuer knows. Nobody has a password: the issuer is for one machine and its owner. */
export interface DevUser {
  /** The `sub` claim. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export const DEV_USERS: readonly DevUser[] = [
  { id: "alice", name: "Alice Example", email: "alice@example.com" },
  { id: "bob", name: "Bob Example", email: "bob@example.com" },
];

/** What the issuer says of a user in an ID token, by the scopes asked for (OpenID Connect Core §5.4). */
export const USER_CLAIMS = {
  openid: ["sub"],
  profile: ["name", "preferred_username"],
  email: ["email", "email_verified"],
};

export function findUser(users: readonly DevUser[], id: string): DevUser | undefined {
  return users.find((user) => user.id === id);
}

export function userClaims(user: DevUser) {
  return {
    sub: user.id,
    name: user.name,
    preferred_username: user.id,
    email: user.email,
    email_verified: true,
  };
}
