import { SCOPES } from "@attach-dev/protocol";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import type { ExchangeQuestion } from "./question.ts";

/** What rules others is for the gateway's own routes: a token that is carried elsewhere never holds it. */
const HERE_ONLY: ReadonlySet<string> = new Set(["admin", "audit:read"]);

/**
 * What bounds the token's scopes besides the subject's own: the user's grant to this agent, the agent's registered ceiling,
 * the resource. Each only takes away. A user need not have granted anything: presenting their token is asking. But a grant
 * that has ended, or was taken back, stands for "no more" until there is a new one: else taking it back would widen.
 */
export async function findCeilings(
  { subject, caller }: ExchangeQuestion,
  { holder, audience }: { readonly holder: Client; readonly audience: string },
  { store, log, publicUrl }: Pick<AuthorityOptions, "log" | "publicUrl" | "store">,
): Promise<Result<readonly (readonly string[])[], AuthorityRefusal>> {
  const found = await fromStore(() => store.findGrant(subject.owner, holder.id), log);
  if (!found.ok) return found;
  const grant = found.value;
  const hasEnded =
    grant !== undefined &&
    (grant.revokedAt !== null || (grant.expiresAt !== null && grant.expiresAt <= caller.at));
  if (hasEnded) return refuse({ kind: "grant_ended" });
  const resource =
    audience === publicUrl
      ? undefined
      : [...SCOPES, ...subject.scopes].filter((scope) => !HERE_ONLY.has(scope));
  return ok([grant?.scopes, holder.record?.scopes, resource].filter((ceiling) => ceiling != null));
}
