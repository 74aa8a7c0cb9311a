import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import type { ExchangeDemand } from "./demand.ts";

type Chosen = Result<string, AuthorityRefusal>;
type Target = ExchangeDemand["targets"][number];

/**
 * The one audience of the token (RFC 8707 §2.2): `PUBLIC_URL` for all routes of the gateway; or one resource, which the
 * holder's record allows it or which is that of a registered agent. Several names of one target are one target.
 */
export async function chooseAudience(
  targets: ExchangeDemand["targets"],
  holder: Client,
  options: Pick<AuthorityOptions, "log" | "publicUrl" | "store">,
): Promise<Chosen> {
  let chosen: string | undefined;
  for (const target of targets) {
    const found = await resolveTarget(target, holder, options);
    if (!found.ok) return found;
    if (chosen !== undefined && chosen !== found.value) return refuse({ kind: "target_unknown" });
    chosen = found.value;
  }
  return ok(chosen ?? options.publicUrl);
}

async function resolveTarget(
  { kind, value }: Target,
  { record }: Client,
  { publicUrl, store, log }: Pick<AuthorityOptions, "log" | "publicUrl" | "store">,
): Promise<Chosen> {
  // A resource is an absolute URI without a fragment (RFC 8707 §2); an audience may be any name.
  if (kind === "resource" && (value.includes("#") || !URL.canParse(value)))
    return refuse({ kind: "target_unknown" });
  if (isSame(value, publicUrl)) return ok(publicUrl);
  const allowed = record?.audiences.find((audience) => isSame(value, audience));
  if (allowed !== undefined) return ok(allowed);
  const agent = await fromStore(() => store.findAgentByResource(value), log);
  if (!agent.ok) return agent;
  return agent.value?.status === "active" ? ok(value) : refuse({ kind: "target_unknown" });
}

/** Clients write an origin with or without its last slash: compared as URLs where both are, to the character elsewhere. */
function isSame(a: string, b: string): boolean {
  return a === b || (URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href);
}
