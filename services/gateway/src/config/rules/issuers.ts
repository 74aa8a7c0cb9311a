import { isLoopbackUrl } from "../address.ts";
import { nearest } from "../nearest.ts";
import { isDidOn } from "./did.ts";
import type { Rule } from "./rule.ts";

/** Somebody must say who the users are. */
export const serveNeedsIssuer: Rule = ({ settings, layers: { report }, command }) => {
  if (command !== "serve" || settings.issuers.length > 0 || isDidOn(settings)) return;
  if (["issuers", "auth0.domain"].some(report.isFaulty)) return;
  report.mistake(
    "issuers.0.issuer",
    "must name your identity provider. To try it without one: attach-gateway dev",
  );
};

/** S04: our own tokens and a provider's are told apart by `iss`, so the two must never be the same. */
export const issuersAreNotUs: Rule = ({ settings, layers: { report }, publicUrl }) => {
  for (const [index, { issuer }] of settings.issuers.entries()) {
    if (issuer !== undefined && sameAddress(issuer, publicUrl))
      report.mistake(`issuers.${index}.issuer`, "must not be PUBLIC_URL: that is the issuer of agent tokens");
  }
};

export const issuersAreHttps: Rule = ({ settings, layers: { report } }) => {
  const listed = new Set(settings.insecureIssuers);
  for (const [index, { issuer, discoveryUrl }] of settings.issuers.entries()) {
    if (issuer === undefined || report.isFaulty(`issuers.${index}.issuer`)) continue;
    const mayBePlain = (url: string) => listed.has(issuer) || isLoopbackUrl(url) || /^https:/i.test(url);
    if (!mayBePlain(issuer))
      report.mistake(
        `issuers.${index}.issuer`,
        "must be https: keys fetched over http can be anybody's. On a network you trust, list it in INSECURE_ISSUERS",
      );
    else if (discoveryUrl !== undefined && !mayBePlain(discoveryUrl))
      report.mistake(
        `issuers.${index}.discoveryUrl`,
        "must be https, unless its issuer is listed in INSECURE_ISSUERS",
      );
  }
};

export const issuersAreDistinct: Rule = ({ settings, layers: { report } }) => {
  const names = settings.issuers.map(({ issuer }) => issuer);
  for (const [index, name] of names.entries()) {
    if (name !== undefined && names.indexOf(name) < index)
      report.mistake(`issuers.${index}.issuer`, "is in the list twice");
  }
};

/** An issuer without an audience would take tokens that were made out to anyone. */
export const issuersHaveAudiences: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { audiences, algorithms }] of settings.issuers.entries()) {
    if (audiences?.length === 0) report.mistake(`issuers.${index}.audiences`, "must not be empty");
    if (algorithms.length === 0) report.mistake(`issuers.${index}.algorithms`, "must not be empty");
  }
};

/** S06: an ID token is for its client, so that client must be known. */
export const idTokensNeedClient: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { acceptIdTokens, clientId }] of settings.issuers.entries()) {
    if (acceptIdTokens && clientId === undefined && settings.auth0.client === undefined)
      report.mistake(`issuers.${index}.clientId`, "must be set where acceptIdTokens is on");
  }
};

/** An administrator of an issuer that nobody configured is a typing error: a slash too many, as a rule. */
export const adminsAreKnown: Rule = ({ settings, layers: { report }, publicUrl }) => {
  if (report.isFaulty("adminSubjects")) return;
  const known = [...settings.issuers.flatMap(({ issuer }) => issuer ?? []), publicUrl];
  for (const subject of settings.adminSubjects) {
    const issuer = subject.slice(0, subject.indexOf("|"));
    if (known.includes(issuer) || (issuer.startsWith("did:") && isDidOn(settings))) continue;
    const near = nearest(issuer, known);
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    report.mistake("adminSubjects", `names an issuer that is not configured${hint}`);
  }
};

/** Whether two addresses differ in nothing but spelling. */
function sameAddress(one: string, other: string): boolean {
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href : url).replace(/\/$/, "");
  return plain(one) === plain(other);
}
