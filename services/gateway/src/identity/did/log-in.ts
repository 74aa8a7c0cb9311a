import type { SingleUse } from "../../core/ports/store.ts";
import type { UserPrincipal } from "../../core/principal.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { type ParsedJwt, parseJwt } from "../parse-jwt.ts";
import type { DidRules } from "./allow.ts";
import { splitPrefixed } from "./compat.ts";
import { createDidVerifier, type DidVerifierOptions, type VerifiedDid } from "./verify.ts";
import { createWebKeys, type WebKeyOptions } from "./web.ts";

/** Log-in by DID, as it is configured. */
export interface DidOptions extends DidRules {
  /** Is `<did>.<token>`, the form of the earlier gateway, read as well (DID_COMPAT)? */
  readonly compat: boolean;
  /** Uses a token's id up, for all processes. @returns false when it was used before */
  readonly consumeOnce: (use: SingleUse) => Promise<boolean>;
}

export interface DidLogIn {
  /** A token as it was presented, strictly parsed. */
  parse(text: string): ReturnType<typeof parseJwt>;
  /** Is this a token of a DID's? Rules are chosen by `iss` alone (S04). */
  isOfDid(jwt: ParsedJwt): boolean;
  verify(jwt: ParsedJwt): Promise<Result<VerifiedDid, TokenRefusal>>;
  /** The last step: a DID token counts once. */
  useUp(verified: VerifiedDid): Promise<Result<UserPrincipal, TokenRefusal>>;
}

type DidLogInParts = Omit<DidVerifierOptions, "rules" | "webKeys"> & Omit<WebKeyOptions, "clock">;

export function createDidLogIn(
  { compat, consumeOnce, ...rules }: DidOptions,
  { log, outbound, ...options }: DidLogInParts,
): DidLogIn {
  const webKeys = createWebKeys({ clock: options.clock, outbound, log });
  const verifier = createDidVerifier({ ...options, rules, webKeys });
  return {
    verify: verifier.verify,
    isOfDid: ({ claims: { iss } }) => typeof iss === "string" && iss.startsWith("did:"),
    parse: (text) => (compat && text.startsWith("did:") ? parsePrefixed(text) : parseJwt(text)),
    async useUp({ principal, use }) {
      try {
        return (await consumeOnce(use)) ? ok(principal) : refuse("used_before");
      } catch (err) {
        log.warn({ err }, "the use of a DID token could not be recorded");
        return refuse("uses_unrecorded");
      }
    },
  };
}

/** What stands in front must be who the token is of: `kid` is held to `iss` as for every DID token. */
function parsePrefixed(text: string): ReturnType<typeof parseJwt> {
  const split = splitPrefixed(text);
  if (!split.ok) return split;
  const jwt = parseJwt(split.value.token);
  return jwt.ok && jwt.value.claims["iss"] !== split.value.did ? refuse("malformed") : jwt;
}
