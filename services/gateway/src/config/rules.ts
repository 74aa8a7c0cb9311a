import * as agents from "./rules/agents.ts";
import * as did from "./rules/did.ts";
import * as foreign from "./rules/foreign.ts";
import * as issuerTokens from "./rules/issuer-tokens.ts";
import * as issuers from "./rules/issuers.ts";
import * as limits from "./rules/limits.ts";
import * as memory from "./rules/memory.ts";
import * as metering from "./rules/metering.ts";
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
  upstreams.upstreamsAreFew,
  upstreams.upstreamsAreDistinct,
  upstreams.keysAreThere,
  upstreams.listsAreNotEmpty,
  upstreams.upstreamIsNotUs,
  upstreams.keysTravelEncrypted,
  agents.agentsAreDistinct,
  agents.agentsProveOneWay,
  agents.endpointsAreWhole,
  agents.resourcesAreNotOurs,
  tokens.lifetimesFit,
  tokens.userScopesAreForUsers,
  limits.limitNamesAreDistinct,
  limits.budgetsCountOneThing,
  limits.pricesNameModels,
  limits.redisNeedsSecret,
  limits.workersShareStore,
  metering.openmeterNeedsUrl,
  metering.telemetryHeadersAreReadable,
  policy.somePolicyHolds,
  support.unsupportedIsSaid,
  memory.weaviateHasAnAddress,
  memory.weaviateIsUsed,
  memory.grpcIsAnAddress,
  memory.vectorsComeFromOnePlace,
  memory.weaviateKeyTravelsEncrypted,
  support.databaseIsSqlite,
];
