import type { Clock } from "../core/clock.ts";
import { ownerKey } from "../core/owner.ts";
import type { ExternalRules } from "./external-principal.ts";
import { createHmacSignatures } from "./hmac.ts";
import { createIssuerVerifier, type IssuerVerifier } from "./issuer-verifier.ts";
import type { IssuerOptions } from "./issuers.ts";
import type { IdentityLog } from "./log.ts";
import type { FetchJson } from "./oidc/fetch-json.ts";
import { createOidcSignatures } from "./oidc/signatures.ts";
import { parseServiceMark } from "./service-account.ts";

export interface ExternalIssuersOptions {
  readonly clock: Clock;
  readonly issuers: readonly IssuerOptions[];
  readonly userScopes: readonly string[];
  readonly admins: readonly { readonly iss: string; readonly sub: string }[];
}

/** A verifier for each issuer, by the name its tokens go under. */
export function createExternalIssuers(
  { clock, issuers, userScopes, admins }: ExternalIssuersOptions,
  fetchJson: FetchJson,
  log: IdentityLog,
): ReadonlyMap<string, IssuerVerifier> {
  const adminKeys = new Set(admins.map(ownerKey));
  return new Map(
    issuers.map((options) => {
      const rules = { ...rulesOf(options), userScopes: options.userScopes ?? userScopes, admins: adminKeys };
      const { algorithms, secret } = options;
      const signatures =
        secret === undefined
          ? createOidcSignatures({ clock, discovery: options, algorithms, fetchJson, log })
          : createHmacSignatures(secret);
      return [options.issuer, createIssuerVerifier({ clock, rules, signatures })];
    }),
  );
}

function rulesOf(options: IssuerOptions): Omit<ExternalRules, "userScopes" | "admins"> {
  const { claims, roleScopes = [], serviceAccounts = [] } = options;
  return {
    issuer: options.issuer,
    audiences: new Set(options.audiences),
    skew: options.skewSeconds * 1000,
    requireScopes: options.requireScopes,
    idTokenClient: options.acceptIdTokens ? options.clientId : undefined,
    mapping: claims,
    roleScopes: new Map(roleScopes.map(({ role, scopes }) => [role, scopes])),
    serviceMarks: serviceAccounts.flatMap((text) => parseServiceMark(text) ?? []),
  };
}
