import { isLastingSubject } from "../../core/lasting-subject.ts";
import type { Rule } from "./rule.ts";

/** Whoever took over an address would take over what its owner had here. */
export const subjectsAreLasting: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { claims }] of settings.issuers.entries()) {
    if (!isLastingSubject(claims.subject))
      report.mistake(
        `issuers.${index}.claims.subject`,
        "must be a claim that stays with one user for good, which this one does not",
      );
  }
};

/** RFC 8725 §2.1: where both were taken, a public key could be presented as the secret. */
export const secretsStandAlone: Rule = ({ settings, layers }) => {
  const { report, isNamed } = layers;
  for (const [index, { secret, algorithms, discoveryUrl }] of settings.issuers.entries()) {
    const place = `issuers.${index}`;
    const takesHmac = algorithms.includes("HS256");
    if (secret === undefined) {
      if (takesHmac && !report.isFaulty(`${place}.secret`))
        report.mistake(
          `${place}.algorithms`,
          "must not hold HS256 without `secret`: it is for shared secrets",
        );
      continue;
    }
    if (isNamed(`${place}.algorithms`) && !(takesHmac && algorithms.length === 1))
      report.mistake(`${place}.algorithms`, "must be HS256 alone where there is a `secret`");
    if (discoveryUrl !== undefined)
      report.mistake(
        `${place}.discoveryUrl`,
        "must not be set where there is a `secret`: no keys are fetched",
      );
  }
};

/** Whoever knows a secret can sign for every issuer that has it. */
export const secretsAreTheirOwn: Rule = ({ settings, layers: { report } }) => {
  const secrets = settings.issuers.map(({ secret }) => secret);
  for (const [index, secret] of secrets.entries()) {
    const ours = settings.secret?.split(",").map((key) => key.trim()) ?? [];
    if (secret !== undefined && (secrets.indexOf(secret) < index || ours.includes(secret)))
      report.mistake(`issuers.${index}.secret`, "must be this issuer's own: it is used elsewhere too");
  }
};

export const serviceMarksAreRead: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { serviceAccounts }] of settings.issuers.entries()) {
    if (!serviceAccounts.every((mark) => /^[^=]+=(?!\*$).+$/.test(mark)))
      report.mistake(`issuers.${index}.serviceAccounts`, "must be marks of the form claim=value");
  }
};

export const roleScopesHaveRoles: Rule = ({ settings, layers: { report } }) => {
  for (const [index, { roleScopes, claims }] of settings.issuers.entries()) {
    if (roleScopes.length > 0 && claims.roles === undefined)
      report.mistake(`issuers.${index}.claims.roles`, "must say where the roles of `roleScopes` are");
  }
};

/** One provider spells itself one way: the other would never be met, or be somebody else. */
export const issuersDifferByMore: Rule = ({ settings, layers: { report } }) => {
  const names = settings.issuers.map(({ issuer }) => issuer);
  for (const [index, name] of names.entries()) {
    const twin = names.findIndex(
      (one) => one !== name && one?.replace(/\/$/, "") === name?.replace(/\/$/, ""),
    );
    if (name !== undefined && twin !== -1 && twin < index)
      report.mistake(`issuers.${index}.issuer`, "differs from another by a trailing slash only");
  }
};
