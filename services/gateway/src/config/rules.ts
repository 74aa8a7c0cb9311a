import * as did from "./rules/did.ts";
import * as foreign from "./rules/foreign.ts";
import * as issuerTokens from "./rules/issuer-tokens.ts";
import * as issuers from "./rules/issuers.ts";
import * as network from "./rules/network.ts";
import * as policy from "./rules/policy.ts";
import type { Rule } from "./rules/rule.ts";
import * as support from "./rules/support.ts";
import * as tokens from "./rules/tokens.ts";
import * as upstreams from "./rules/upstreams.ts";

/** Everything that no single setting can say about itself, in the order it is reported. */
export const RULES: readonly Rule[] = [
  network.bindNeedsPublicUrl,
  network.publicUrlShouldBeHttps,
  network.openRegistrationWarns,
  issuers.serveNeedsIssuer,
  issuers.issuersAreNotUs,
  issuers.issuersAreHttps,
  issuers.issuersAreDistinct,
  issuers.issuersHaveAudiences,
  issuerTokens.issuersDifferByMore,
  issuerTokens.subjectsAreLasting,
  issuerTokens.secretsStandAlone,
  issuerTokens.secretsAreTheirOwn,
  issuerTokens.serviceMarksAreRead,
  issuerTokens.roleScopesHaveRoles,
  issuers.idTokensNeedClient,
  issuers.adminsAreKnown,
  did.didNeedsBoth,
  did.allowedMethodsAreOn,
  did.webHostsAreNamed,
  foreign.foreignIsForeign,
  foreign.foreignHasProvider,
  foreign.foreignIsHttps,
  upstreams.oneUpstream,
  upstreams.upstreamIsNotUs,
  upstreams.keysTravelEncrypted,
  tokens.lifetimesFit,
  tokens.userScopesAreForUsers,
  policy.somePolicyHolds,
  support.unsupportedIsSaid,
  support.weaviateIsNotYet,
  support.databaseIsSqlite,
];
