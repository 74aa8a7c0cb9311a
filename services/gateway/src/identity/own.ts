import type { SigningKeys } from "../core/ports/keys.ts";
import type { Revocations } from "../core/ports/revocations.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { isMeantFor, judgeLifetime } from "./claims.ts";
import { type OwnPrincipal, readOwnPrincipal } from "./own-principal.ts";
import type { ParsedJwt } from "./parse-jwt.ts";
import type { Remembered, TrustSource } from "./remembered.ts";
import { isSignedBy } from "./verify-signature.ts";

export interface OwnTokenOptions {
  /** PUBLIC_URL: what our tokens name as `iss`. */
  readonly issuer: string;
  /** The audience that the gateway's own routes answer to. */
  readonly audience: string;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
}

/** Processes of one authority share a clock, nearly: milliseconds. */
const SKEW_MS = 5_000;

export interface OwnTokens {
  /**
   * Everything: signature, type, claims, time, audience, revocation.
   * @param audiences what the token may be addressed to; by default this gateway's own routes
   */
  verify(
    jwt: ParsedJwt,
    now: number,
    audiences?: ReadonlySet<string>,
  ): Promise<Result<Remembered, TokenRefusal>>;
  /** Who a token was issued to, by signature alone: expired and revoked ones still identify (S07). */
  identify(jwt: ParsedJwt): Promise<Result<OwnPrincipal, TokenRefusal>>;
}

/** Judges the tokens that this authority signed. */
export function createOwnTokens({ issuer, audience, keys, revocations }: OwnTokenOptions): OwnTokens {
  const source: TrustSource = {
    audiences: new Set([audience]),
    vouchesFor: (kid) => typeof kid === "string" && keys.find(kid) !== undefined,
  };

  async function identify(jwt: ParsedJwt): Promise<Result<OwnPrincipal, TokenRefusal>> {
    // Only one type leaves our mint as a bearer token; its name, not its shape, keeps it apart from what else we may sign.
    if (jwt.claims["iss"] !== issuer) return refuse("unknown_issuer");
    if (jwt.kind !== "access") return refuse("wrong_type");
    const key = jwt.kid === undefined ? undefined : keys.find(jwt.kid);
    if (key === undefined) return refuse("unknown_key");
    if (jwt.alg !== key.alg) return refuse("unsupported_algorithm");
    const signer = { publicKey: key.publicKey, algorithms: new Set([key.alg]) };
    if (!isSignedBy(jwt, signer)) return refuse("bad_signature");
    return readOwnPrincipal(jwt.claims, issuer);
  }

  async function verify(
    jwt: ParsedJwt,
    now: number,
    audiences: ReadonlySet<string> = source.audiences,
  ): Promise<Result<Remembered, TokenRefusal>> {
    const holder = await identify(jwt);
    if (!holder.ok) return holder;
    const lifetime = judgeLifetime(jwt.claims, now, SKEW_MS);
    if (!lifetime.ok) return lifetime;
    if (!isMeantFor(holder.value.audiences, audiences)) return refuse("wrong_audience");
    if (revocations.isRevoked(holder.value)) return refuse("revoked");
    return ok({ principal: holder.value, source, stamp: jwt.kid ?? "" });
  }

  return { identify, verify };
}
