import { isLastingSubject } from "../core/lasting-subject.ts";
import { isIdentifier } from "../core/owner.ts";
import { type ClaimMapping, STANDARD_CLAIMS } from "./claim-mapping.ts";
import { HMAC_ALGORITHM } from "./hmac.ts";
import { discoveryAddress } from "./oidc/discovery.ts";
import { SIGNATURE_ALGORITHMS } from "./oidc/jwk.ts";
import { parseServiceMark } from "./service-account.ts";

/** One issuer whose tokens are accepted. */
export interface IssuerOptions {
  /** Exactly as its tokens write it, trailing slash and all. */
  readonly issuer: string;
  /** A token must be meant for one of these. Never empty. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly discoveryUrl?: string | undefined;
  /** Plain http allowed beyond loopback. */
  readonly allowInsecure: boolean;
  readonly skewSeconds: number;
  /** ID tokens as subjects of an exchange; needs `clientId`. */
  readonly acceptIdTokens: boolean;
  readonly clientId?: string | undefined;
  /** A token that names none of our scopes gets none, rather than all of USER_SCOPES. */
  readonly requireScopes: boolean;
  /** Shared with the issuer, at least 32 bytes of UTF-8. Set: HS256 by this secret alone, and no keys are fetched. */
  readonly secret?: string | undefined;
  readonly claims?: ClaimMapping | undefined;
  /** What a role gives beyond `userScopes` (S05). */
  readonly roleScopes?: readonly { readonly role: string; readonly scopes: readonly string[] }[] | undefined;
  /** The ceiling of this issuer's users, in place of USER_SCOPES. */
  readonly userScopes?: readonly string[] | undefined;
  /** Further marks of a service account (S04), as `claim=value`. */
  readonly serviceAccounts?: readonly string[] | undefined;
}

/** Most clock skew that makes sense, in seconds: more would keep dead tokens alive. */
const MAX_SKEW_SECONDS = 300;

/**
 * What no configuration may say, checked at construction whoever wrote it.
 * @throws TypeError naming the issuer and the fault
 */
export function checkIssuers(issuers: readonly IssuerOptions[], ownIssuer: string): void {
  const seen = new Set<string>();
  for (const options of issuers) {
    const { issuer } = options;
    // S04: rules are chosen by `iss`; an identity provider under our own name could sign agent tokens.
    if (withoutSlash(issuer) === withoutSlash(ownIssuer)) {
      throw new TypeError(`issuer ${issuer}: equals PUBLIC_URL, which names our own tokens`);
    }
    if (seen.has(issuer)) throw new TypeError(`issuer ${issuer}: configured twice`);
    seen.add(issuer);
    const fault = findFault(options);
    if (fault !== undefined) throw new TypeError(`issuer ${issuer}: ${fault}`);
    if (options.secret === undefined) discoveryAddress(options);
  }
}

function findFault(options: IssuerOptions): string | undefined {
  const { issuer, audiences, algorithms, skewSeconds, acceptIdTokens, clientId } = options;
  const possible = options.secret === undefined ? SIGNATURE_ALGORITHMS : [HMAC_ALGORITHM];
  const foreign = algorithms.find((alg) => !possible.includes(alg));
  if (!isIdentifier(issuer)) return "must be visible ASCII of at most 255 characters";
  if (/[?#]/.test(issuer)) return "must have neither query nor fragment (OpenID Connect Discovery §3)";
  if (audiences.length === 0 || audiences.includes("")) return "needs an audience";
  if (algorithms.length === 0) return "needs an algorithm";
  if (foreign !== undefined)
    return options.secret === undefined
      ? `${foreign} is not an algorithm that is verified by public keys`
      : `${foreign} is not an algorithm that is verified by a shared secret`;
  if (!(skewSeconds >= 0 && skewSeconds <= MAX_SKEW_SECONDS)) return "skew must be between 0 and 300 seconds";
  if (acceptIdTokens && clientId === undefined) return "ID tokens need the client they must be issued to";
  if (!isLastingSubject((options.claims ?? STANDARD_CLAIMS).subject))
    return "its users need an id that is theirs for good";
  const isMark = (text: string) => parseServiceMark(text) !== undefined;
  if (!(options.serviceAccounts ?? []).every(isMark)) return "a mark of a service account is claim=value";
  return undefined;
}

function withoutSlash(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/$/, "") : url;
}
