import { expandScopes } from "@attach-dev/protocol";
import { ownerKey } from "../core/owner.ts";
import type { ServicePrincipal, UserPrincipal } from "../core/principal.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { readBinding } from "./binding.ts";
import { type ClaimMapping, readMapped, STANDARD_CLAIMS } from "./claim-mapping.ts";
import { isMeantFor, judgeLifetime, readAudiences, readIdentifiers, readJti } from "./claims.ts";
import { isIdToken, judgeIdTokenSubject } from "./id-token.ts";
import { readMayAct } from "./may-act.ts";
import type { ParsedJwt } from "./parse-jwt.ts";
import { isServiceAccount, type ServiceMark } from "./service-account.ts";
import { differsBySlash } from "./slash.ts";
import { ADMIN_SCOPES, type ScopePolicy, scopesOf } from "./user-scopes.ts";

/** What one identity provider's tokens are held to. */
export interface ExternalRules extends ScopePolicy {
  readonly issuer: string;
  readonly audiences: ReadonlySet<string>;
  /** In milliseconds. */
  readonly skew: number;
  /** `ownerKey`s of ADMIN_SUBJECTS. */
  readonly admins: ReadonlySet<string>;
  /** Set where ID tokens are accepted as subjects: the client they must be for. */
  readonly idTokenClient: string | undefined;
  readonly mapping?: ClaimMapping | undefined;
  /** What a role gives beyond the ceiling (S05). */
  readonly roleScopes?: ReadonlyMap<string, readonly string[]>;
  readonly serviceMarks?: readonly ServiceMark[];
}

export type ExternalPrincipal = UserPrincipal | ServicePrincipal;
type Judgement = Result<ExternalPrincipal, TokenRefusal>;

/** An access token of an identity provider → who it stands for. The signature has been verified. Pure. */
export function judgeAccessToken(jwt: ParsedJwt, rules: ExternalRules, now: number): Judgement {
  if (isIdToken(jwt)) return refuse("id_token");
  const audiences = readAudiences(jwt.claims);
  if (!audiences.ok) return audiences;
  const principal = judgeCommon(jwt, rules, { audiences: audiences.value, now });
  if (!principal.ok || isMeantFor(audiences.value, rules.audiences)) return principal;
  return refuse(isNear(audiences.value, rules.audiences) ? "audience_spelling" : "wrong_audience");
}

/** An ID token presented as a subject (S06) → who it stands for. The signature has been verified. Pure. */
export function judgeIdToken(jwt: ParsedJwt, rules: ExternalRules, now: number): Judgement {
  if (rules.idTokenClient === undefined) return refuse("id_token");
  const audiences = judgeIdTokenSubject(jwt, rules.idTokenClient);
  if (!audiences.ok) return audiences;
  return judgeCommon(jwt, rules, { audiences: audiences.value, now });
}

/**
 * What both kinds are held to. `act anc root dlg sid sub_id agent_auth` are never read here: they count only in tokens that we
 * signed (S04).
 */
function judgeCommon(
  { claims }: ParsedJwt,
  rules: ExternalRules,
  { audiences, now }: { readonly audiences: readonly string[]; readonly now: number },
): Judgement {
  if (claims["iss"] !== rules.issuer) return refuse("unknown_issuer");
  // S03: a binding that we cannot check is never dropped.
  const jkt = readBinding(claims);
  if (jkt === undefined) return refuse("sender_constrained");
  const mayAct = readMayAct(claims);
  if (mayAct === undefined) return refuse("malformed");
  const identifiers = readIdentifiers(claims);
  if (!identifiers.ok) return identifiers;
  const mapped = readMapped(claims, rules.mapping ?? STANDARD_CLAIMS);
  if (!mapped.ok) return mapped;
  const { sub, tenant, roles, name } = mapped.value;
  const lifetime = judgeLifetime(claims, now, rules.skew);
  if (!lifetime.ok) return lifetime;
  const isService = isServiceAccount(claims, rules.serviceMarks);
  const scopes = scopesOf(claims, isService, rules);
  if (!scopes.ok) return scopes;
  const owner = { iss: rules.issuer, sub, tenant };
  const extra = [
    ...(rules.admins.has(ownerKey(owner)) ? ADMIN_SCOPES : []),
    ...roles.flatMap((role) => rules.roleScopes?.get(role) ?? []),
  ];
  return ok({
    kind: isService ? "service" : "user",
    owner,
    scopes: expandScopes([...scopes.value, ...extra]),
    ...lifetime.value,
    jti: readJti(claims),
    audiences,
    jkt,
    roles,
    ...(name === undefined ? {} : { name }),
    ...(mayAct === null ? {} : { mayAct }),
  });
}

function isNear(audiences: readonly string[], ours: ReadonlySet<string>): boolean {
  return audiences.some((audience) => [...ours].some((one) => differsBySlash(one, audience)));
}
