import type { Clock } from "../core/clock.ts";
import { ownerKey } from "../core/owner.ts";
import type { IdentityVerifier, SubjectTokenType, Verification } from "../core/ports/identity.ts";
import type { SigningKeys } from "../core/ports/keys.ts";
import type { Outbound } from "../core/ports/outbound.ts";
import type { Revocations } from "../core/ports/revocations.ts";
import { isIssuedHere, type Principal } from "../core/principal.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { isMeantFor } from "./claims.ts";
import { createDidLogIn, type DidLogIn, type DidOptions } from "./did/log-in.ts";
import { createExternalIssuers } from "./external-issuers.ts";
import type { IssuerVerifier } from "./issuer-verifier.ts";
import { checkIssuers, type IssuerOptions } from "./issuers.ts";
import { type IdentityLog, silentLog } from "./log.ts";
import { createJsonFetcher } from "./oidc/fetch-json.ts";
import { createOwnTokens } from "./own.ts";
import { MAX_TOKEN_LENGTH } from "./parse-jws.ts";
import { type ParsedJwt, parseJwt } from "./parse-jwt.ts";
import { createRememberedTokens, type Remembered } from "./remembered.ts";
import { differsBySlash } from "./slash.ts";

export interface IdentityOptions {
  readonly clock: Clock;
  readonly issuers: readonly IssuerOptions[];
  /** Our own tokens: `issuer` and `audience` are PUBLIC_URL. */
  readonly own: { readonly issuer: string; readonly audience: string; readonly keys: SigningKeys };
  readonly revocations: Revocations;
  /** Where the issuers' keys are fetched through; closed with this. */
  readonly outbound: Outbound;
  /** Other processes' revocations have not arrived for too long: nobody is let in (S20). Default: never. */
  readonly isStale?: () => boolean;
  readonly userScopes: readonly string[];
  readonly admins: readonly { readonly iss: string; readonly sub: string }[];
  /** Log-in by DID; absent: off. */
  readonly did?: DidOptions | undefined;
  readonly log?: IdentityLog;
  /** Bound of the remembered verifications, in bytes. */
  readonly rememberedBytes?: number;
}

/** How well the keys of an issuer are known, for readiness. */
export interface IssuerState {
  readonly issuer: string;
  readonly keys: "fresh" | "stale" | "none";
}

export interface Identity extends IdentityVerifier {
  /** Fetches every issuer's keys. Never rejects: the gateway starts without them and asks again when a token needs them. */
  warm(): Promise<void>;
  issuerStates(): readonly IssuerState[];
  close(): void;
}

/** Bound of what introspection remembers: some 2,500 tokens. */
const ISSUED_BYTES = 8 * 1024 * 1024;

/**
 * Says who a token stands for. Which rules apply is decided by `iss` alone (S04): our own address, or one of the issuers.
 * @throws TypeError for a configuration that could not be safe (see `checkIssuers`)
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { clock, own, revocations, isStale = () => false, log = silentLog } = options;
  checkIssuers(options.issuers, own.issuer);
  const external = createExternalIssuers(options, createJsonFetcher(options.outbound), log);
  const ownTokens = createOwnTokens({ ...own, revocations });
  const did = createDid(options, log);
  const remembered = createRememberedTokens(options.rememberedBytes);
  const issued = createRememberedTokens(ISSUED_BYTES);

  /** What may have changed since the token was verified is judged again at each use (S10). */
  function judgeAgain({ principal, source }: Remembered): Verification {
    if (!isMeantFor(principal.audiences, source.audiences)) return refuse("wrong_audience");
    if (isStale()) return refuse("revocations_stale");
    return revocations.isRevoked(principal) ? refuse("revoked") : ok(principal);
  }

  async function verifyNew(token: string): Promise<Verification> {
    const jwt = (did?.parse ?? parseJwt)(token);
    if (!jwt.ok) return jwt;
    if (did?.isOfDid(jwt.value)) return verifyDid(jwt.value, did);
    const verified = await route(jwt.value);
    if (!verified.ok) return verified;
    const judged = judgeAgain(verified.value);
    if (judged.ok) remembered.remember(token, verified.value, clock.now());
    return judged;
  }

  /** Good for one use, so never remembered; used up last, so that nobody but its signer can use it up or fill the store. */
  async function verifyDid(jwt: ParsedJwt, logIn: DidLogIn): Promise<Verification> {
    const verified = await logIn.verify(jwt);
    if (!verified.ok) return verified;
    if (isStale()) return refuse("revocations_stale");
    return revocations.isRevoked(verified.value.principal) ? refuse("revoked") : logIn.useUp(verified.value);
  }

  async function route(jwt: ParsedJwt): Promise<Result<Remembered, TokenRefusal>> {
    if (jwt.claims["iss"] === own.issuer) return ownTokens.verify(jwt, clock.now());
    const issuer = findIssuer(jwt);
    return issuer === undefined ? refuse(refusalOfUnknown(jwt)) : issuer.verify(jwt);
  }

  function findIssuer({ claims }: ParsedJwt): IssuerVerifier | undefined {
    return typeof claims["iss"] === "string" ? external.get(claims["iss"]) : undefined;
  }

  /** The commonest mistake of all has a name of its own. */
  function refusalOfUnknown({ claims }: ParsedJwt): TokenRefusal {
    const { iss } = claims;
    const isNear = typeof iss === "string" && [...external.keys()].some((one) => differsBySlash(one, iss));
    return isNear ? "issuer_spelling" : "unknown_issuer";
  }

  function verifyAccess(token: string): Verification | Promise<Verification> {
    if (token.length > MAX_TOKEN_LENGTH) return refuse("malformed");
    const known = remembered.get(token, clock.now());
    return known === undefined ? verifyNew(token) : judgeAgain(known);
  }

  /** Not remembered: it opens no route. */
  async function verifyIdToken(token: string): Promise<Verification> {
    const jwt = parseJwt(token);
    if (!jwt.ok) return jwt;
    const issuer = findIssuer(jwt.value);
    if (issuer === undefined) return refuse(refusalOfUnknown(jwt.value));
    const judged = await issuer.verifyIdToken(jwt.value);
    if (judged.ok && isStale()) return refuse("revocations_stale");
    return judged.ok && revocations.isRevoked(judged.value) ? refuse("revoked") : judged;
  }

  async function verifySubject(
    token: string,
    type: SubjectTokenType,
    provenJkt: string | null = null,
  ): Promise<Verification> {
    const judged = await (type === "id_token" ? verifyIdToken(token) : verifyAccess(token));
    if (!judged.ok) return judged;
    // CONTRACT §6: ours are presented as access tokens, by that name only.
    if (type === "jwt" && isIssuedHere(judged.value)) return refuse("wrong_type");
    return asProven(judged.value, provenJkt);
  }

  /** Not remembered: it opens no route of ours. */
  async function verifyAddressed(
    token: string,
    audiences: ReadonlySet<string>,
    provenJkt: string | null,
  ): Promise<Verification> {
    const jwt = parseJwt(token);
    if (!jwt.ok) return jwt;
    const verified = await ownTokens.verify(jwt.value, clock.now(), audiences);
    if (!verified.ok) return verified;
    return isStale() ? refuse("revocations_stale") : asProven(verified.value.principal, provenJkt);
  }

  /** Remembered apart from what opens our routes: the audience is another, and no binding has been proved. */
  async function verifyIssued(token: string, audiences: ReadonlySet<string>): Promise<Verification> {
    if (token.length > MAX_TOKEN_LENGTH) return refuse("malformed");
    const now = clock.now();
    const known = issued.get(token, now) ?? (await verifyUnknown(token, { now, audiences }));
    if ("ok" in known) return known;
    if (!isMeantFor(known.principal.audiences, audiences)) return refuse("wrong_audience");
    if (isStale()) return refuse("revocations_stale");
    return revocations.isRevoked(known.principal) ? refuse("revoked") : ok(known.principal);
  }

  async function verifyUnknown(
    token: string,
    { now, audiences }: { readonly now: number; readonly audiences: ReadonlySet<string> },
  ) {
    const jwt = parseJwt(token);
    if (!jwt.ok) return jwt;
    const verified = await ownTokens.verify(jwt.value, now, audiences);
    if (!verified.ok) return verified;
    issued.remember(token, verified.value, now);
    return verified.value;
  }

  return {
    verifyIssued,
    verifyBearer: (token) => under(verifyAccess(token), asBearer),
    verifyBound: (token) => under(verifyAccess(token), asBound),
    verifySubject,
    verifyAddressed,
    async verifyOwn(token) {
      const jwt = parseJwt(token);
      return jwt.ok ? ownTokens.identify(jwt.value) : jwt;
    },
    async warm() {
      await Promise.all([...external.values()].map((verifier) => verifier.signatures.refresh()));
    },
    issuerStates: () =>
      [...external].map(([issuer, verifier]) => ({ issuer, keys: verifier.signatures.state() })),
    close: () => options.outbound.close(),
  };
}

/** Applies a rule without making a promise where there is none: the hot path stays synchronous. */
function under(
  judged: Verification | Promise<Verification>,
  rule: (judged: Verification) => Verification,
): Verification | Promise<Verification> {
  return judged instanceof Promise ? judged.then(rule) : rule(judged);
}

/** S03: a bound token counts only beside a proof by its own key. */
function asProven(principal: Principal, provenJkt: string | null): Verification {
  if (principal.jkt === null || principal.jkt === provenJkt) return ok(principal);
  return refuse(provenJkt === null ? "sender_constrained" : "invalid_dpop_proof");
}

/** S03: a bound token is no bearer token, or binding it would have been for nothing. */
function asBearer(judged: Verification): Verification {
  return judged.ok && judged.value.jkt !== null ? refuse("sender_constrained") : judged;
}

function asBound(judged: Verification): Verification {
  return judged.ok && judged.value.jkt === null ? refuse("not_sender_constrained") : judged;
}

function createDid(
  { clock, own, did, userScopes, admins, outbound }: IdentityOptions,
  log: IdentityLog,
): DidLogIn | undefined {
  if (did === undefined) return undefined;
  const adminKeys = new Set(admins.map(ownerKey));
  return createDidLogIn(did, { clock, audience: own.audience, userScopes, admins: adminKeys, outbound, log });
}
