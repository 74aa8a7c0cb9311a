import type { A2aCall } from "../calls/call.ts";
import { invalid } from "../calls/members.ts";
import type { Interface } from "../card/read.ts";

/**
 * The tenant is the agent's own choice, on its card, which the gateway keeps for itself: what a caller says is not passed on. One that differs is
 * refused and not replaced, so that nobody believes to have reached another tenant.
 * @returns the body to send; `null` where the one that came may go on
 * @throws A2aError `INVALID_PARAMS`
 */
export function pinTenant({ params, binding }: A2aCall, { tenant }: Interface): object | null {
  const asked = params["tenant"];
  if (asked !== undefined && asked !== "" && asked !== tenant)
    throw invalid("tenant is not one of this agent's");
  if (tenant === "" || (asked ?? "") === tenant) return null;
  // Below HTTP+JSON the tenant stands in the path.
  return binding === "JSONRPC" ? { ...params, tenant } : null;
}
