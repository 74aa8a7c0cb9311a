import { readDuration } from "../units.ts";
import type { Rule } from "./rule.ts";

export const lifetimesFit: Rule = ({ settings: { tokens }, layers: { report } }) => {
  if (["tokens.ttl", "tokens.maxTtl"].some(report.isFaulty)) return;
  if ((readDuration(tokens.ttl) ?? 0) > (readDuration(tokens.maxTtl) ?? 0))
    report.mistake("tokens.ttl", "must not be longer than AGENT_TOKEN_MAX_TTL");
};

export const userScopesAreForUsers: Rule = ({ settings: { userScopes }, layers: { report } }) => {
  const lofty = userScopes.filter((scope) => scope === "admin" || scope === "audit:read");
  if (lofty.length > 0)
    report.warn(
      `USER_SCOPES gives ${lofty.join(" and ")} to every user; ADMIN_SUBJECTS gives it to those you name`,
    );
};
