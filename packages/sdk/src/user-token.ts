import { isTokenText } from "./arguments.ts";
import { AttachError } from "./errors.ts";

/** The user's token, or a function that gives a fresh one: asked for every exchange and renewal. */
export type UserToken = string | (() => Promise<string> | string);

/** @throws AttachError `invalid_argument` */
export function checkUserToken(token: unknown): void {
  if (typeof token !== "function" && !isTokenText(token)) {
    throw new AttachError("invalid_argument", "the user's token is a JWT, or a function that gives one");
  }
}

/** @throws AttachError `user_token_failed`, with what the function threw as its `cause`; or the very AttachError it threw */
export async function askUser(userToken: UserToken): Promise<string> {
  if (typeof userToken === "string") return userToken;
  let token: unknown;
  try {
    token = await userToken();
  } catch (cause) {
    // `userSession()` and the like: what the provider answered says more than we could.
    if (cause instanceof AttachError) throw cause;
    throw new AttachError("user_token_failed", "the function that gives the user's token failed", { cause });
  }
  if (isTokenText(token)) return token;
  throw new AttachError("user_token_failed", "the function that gives the user's token did not give a token");
}
