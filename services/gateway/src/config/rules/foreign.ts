import { isLoopbackUrl } from "../address.ts";
import type { Rule } from "./rule.ts";

/** S04: whose rules a token is held to is decided by `iss`, so nobody is both trusted and foreign. */
export const foreignIsForeign: Rule = ({ settings, layers: { report }, publicUrl }) => {
  const known = new Set([publicUrl, ...settings.issuers.map(({ issuer }) => issuer)].map(plain));
  const names = settings.foreign.map(({ issuer }) => issuer);
  for (const [index, issuer] of names.entries()) {
    if (issuer === undefined) continue;
    if (known.has(plain(issuer)))
      report.mistake(
        `foreign.${index}.issuer`,
        "must not be PUBLIC_URL or one of the issuers: those are verified here",
      );
    else if (names.indexOf(issuer) < index) report.mistake(`foreign.${index}.issuer`, "is in the list twice");
  }
};

/** What comes back must be judged by somebody's rules. */
export const foreignHasProvider: Rule = ({ settings, layers: { report }, command }) => {
  const names = settings.issuers.map(({ issuer }) => issuer);
  for (const [index, { idp }] of settings.foreign.entries()) {
    if (idp === undefined ? names.length > 0 || command !== "serve" : names.includes(idp)) continue;
    report.mistake(`foreign.${index}.idp`, "must be one of the issuers, as it stands there");
  }
};

/** The client's secret and the user's token go there. */
export const foreignIsHttps: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { tokenEndpoint, idp = settings.issuers[0]?.issuer }] of settings.foreign.entries()) {
    if (tokenEndpoint === undefined || /^https:/i.test(tokenEndpoint) || isLoopbackUrl(tokenEndpoint))
      continue;
    if (idp === undefined || !settings.insecureIssuers.includes(idp))
      report.mistake(
        `foreign.${index}.tokenEndpoint`,
        "must be https, unless its provider is listed in INSECURE_ISSUERS",
      );
  }
};

function plain(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).href.replace(/\/$/, "") : url;
}
