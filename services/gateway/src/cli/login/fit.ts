import { readAudiences } from "../../identity/claims.ts";
import { parseJwt } from "../../identity/parse-jwt.ts";

/**
 * Will the gateway take this token? Judged by its looks alone, so that the person hears it here and not as a 401 later.
 * @returns what is wrong and how to mend it, or `undefined`
 */
export function warnOf(accessToken: string, audience: string | undefined): string | undefined {
  const jwt = parseJwt(accessToken);
  if (!jwt.ok)
    return "the token is not a JWT, so the gateway cannot verify it: name the API it is for by --audience (or --resource)";
  const audiences = readAudiences(jwt.value.claims);
  if (audience === undefined || (audiences.ok && audiences.value.includes(audience))) return undefined;
  const found = audiences.ok ? audiences.value.map((one) => JSON.stringify(one)).join(", ") : "nobody";
  return `the token is made out to ${found}, not to ${JSON.stringify(audience)}: the gateway refuses it. Add the audience at the identity provider, or name it in OIDC_AUD`;
}
