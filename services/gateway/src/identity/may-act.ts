import { isIdentifier } from "../core/owner.ts";
import type { PermittedActor } from "../core/principal.ts";
import { isJsonObject, type JsonObject } from "../core/strict-json.ts";

/**
 * Who may act for the subject (`may_act`, RFC 8693 §4.4); `null` where the token does not say.
 * @returns `undefined` for a claim that names nobody in a way we can check: the token must be refused, since passing over it
 * would let anybody act
 */
export function readMayAct(claims: JsonObject): PermittedActor | null | undefined {
  if (!Object.hasOwn(claims, "may_act")) return null;
  const { may_act } = claims;
  if (!isJsonObject(may_act)) return undefined;
  const { sub, iss, ...others } = may_act;
  if (!isIdentifier(sub) || (iss !== undefined && !isIdentifier(iss))) return undefined;
  return Object.keys(others).length > 0 ? undefined : { sub, iss: iss ?? null };
}
