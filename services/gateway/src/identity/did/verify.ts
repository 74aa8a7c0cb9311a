import { expandScopes } from "@attach-dev/protocol";
import type { Clock } from "../../core/clock.ts";
import { ownerKey } from "../../core/owner.ts";
import type { SingleUse } from "../../core/ports/store.ts";
import type { UserPrincipal } from "../../core/principal.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { ParsedJwt } from "../parse-jwt.ts";
import { ADMIN_SCOPES, scopesOf } from "../user-scopes.ts";
import { type DidMethod, type DidRules, isAllowed, methodOf } from "./allow.ts";
import { readMultikey } from "./key.ts";
import { isSignedByAccount, readPkh } from "./pkh.ts";
import { type DidStatement, judgeStatement } from "./profile.ts";
import { isSignedByDid } from "./signature.ts";
import type { WebKeySource } from "./web.ts";

export interface DidVerifierOptions {
  readonly clock: Clock;
  /** PUBLIC_URL: the one audience that a DID token may have. */
  readonly audience: string;
  readonly rules: DidRules;
  readonly userScopes: readonly string[];
  /** `ownerKey`s of ADMIN_SUBJECTS. */
  readonly admins: ReadonlySet<string>;
  /** Where keys of `did:web` come from. */
  readonly webKeys: WebKeySource;
}

/** A DID token that is genuine; it counts once `use` has been used up. */
export interface VerifiedDid {
  readonly principal: UserPrincipal;
  readonly use: SingleUse;
}

export interface DidVerifier {
  verify(jwt: ParsedJwt): Promise<Result<VerifiedDid, TokenRefusal>>;
}

/** Whose DID it is, spelled as we keep it. */
type Signer = Result<string, TokenRefusal>;
type SignerReader = (jwt: ParsedJwt, did: string) => Promise<Signer>;

/**
 * Verifies what the holder of a DID has signed about itself: who may log in is asked first, the claims are judged next, and only
 * then is anything computed or fetched.
 */
export function createDidVerifier({
  clock,
  audience,
  rules,
  userScopes,
  admins,
  webKeys,
}: DidVerifierOptions): DidVerifier {
  const signers: Readonly<Record<DidMethod, SignerReader>> = {
    key: verifyKey,
    pkh: verifyPkh,
    web: (jwt, did) => verifyWeb(jwt, did, webKeys),
  };
  return {
    async verify(jwt) {
      const { iss } = jwt.claims;
      const method = typeof iss === "string" ? methodOf(iss, rules) : undefined;
      if (method === undefined || !isAllowed(String(iss), rules)) return refuse("unknown_issuer");
      const statement = judgeStatement(jwt, audience, clock.now());
      if (!statement.ok) return statement;
      const signer = await signers[method](jwt, statement.value.did);
      if (!signer.ok) return signer;
      const scopes = scopesOf(jwt.claims, false, { userScopes, requireScopes: false });
      if (!scopes.ok) return scopes;
      const principal = principalOf(signer.value, statement.value, {
        scopes: scopes.value,
        audience,
        admins,
      });
      return ok({ principal, use: statement.value.use });
    },
  };
}

/** `did:key`: the DID is the key, and its one verification method repeats it (did:key §3.1). */
async function verifyKey(jwt: ParsedJwt, did: string): Promise<Signer> {
  const multibase = did.slice("did:key:".length);
  if (jwt.kid !== `${did}#${multibase}`) return refuse("unknown_key");
  const key = await readMultikey(multibase);
  if (key === undefined) return refuse("unknown_key");
  if (!key.algorithms.has(jwt.alg)) return refuse("unsupported_algorithm");
  return isSignedByDid(jwt, key) ? ok(did) : refuse("bad_signature");
}

/** `did:pkh`: its one verification method is the account (did:pkh §2.2). */
async function verifyPkh(jwt: ParsedJwt, did: string): Promise<Signer> {
  if (jwt.kid !== `${did}#blockchainAccountId`) return refuse("unknown_key");
  const account = await readPkh(did);
  if (account === undefined) return refuse("unknown_key");
  if (jwt.alg !== "ES256K-R") return refuse("unsupported_algorithm");
  return (await isSignedByAccount(jwt, account)) ? ok(account.did) : refuse("bad_signature");
}

/** `did:web`: by a key that the host's document lists for authentication. */
async function verifyWeb(jwt: ParsedJwt, did: string, webKeys: WebKeySource): Promise<Signer> {
  if (jwt.kid === undefined || !jwt.kid.startsWith(`${did}#`)) return refuse("unknown_key");
  const key = await webKeys.find(did, jwt.kid);
  if (!key.ok) return key;
  if (!key.value.algorithms.has(jwt.alg)) return refuse("unsupported_algorithm");
  return isSignedByDid(jwt, key.value) ? ok(did) : refuse("bad_signature");
}

function principalOf(
  did: string,
  { jti, issuedAt, expiresAt, jkt, mayAct }: DidStatement,
  {
    scopes,
    audience,
    admins,
  }: { readonly scopes: readonly string[]; readonly audience: string; readonly admins: ReadonlySet<string> },
): UserPrincipal {
  const owner = { iss: did, sub: did, tenant: null };
  const extra = admins.has(ownerKey(owner)) ? ADMIN_SCOPES : [];
  return {
    kind: "user",
    owner,
    scopes: expandScopes([...scopes, ...extra]),
    issuedAt,
    expiresAt,
    jti,
    audiences: [audience],
    jkt,
    ...(mayAct === null ? {} : { mayAct }),
  };
}
