import type { A2aCall } from "../calls/call.ts";
import type { AgentCard, Interface } from "../card/read.ts";
import { A2aError } from "../errors/a2a-error.ts";

/**
 * Where the agent takes calls of this binding and version. Nothing is translated: an agent is asked in what its card says it speaks.
 * @throws A2aError `VERSION_NOT_SUPPORTED`, `UNSUPPORTED_OPERATION`
 */
export function chooseInterface(
  { interfaces }: AgentCard,
  { binding, era }: Pick<A2aCall, "binding" | "era">,
): Interface {
  const ofBinding = interfaces.filter((one) => one.binding === binding);
  const found = ofBinding.find((one) => one.era === era);
  if (found !== undefined) return found;
  if (ofBinding.length === 0)
    throw new A2aError("UNSUPPORTED_OPERATION", `the agent does not offer ${binding}`);
  throw new A2aError("VERSION_NOT_SUPPORTED", `the agent does not speak A2A ${era} over ${binding}`);
}

/** The address of one call at an interface. */
export function addressOf({ url, tenant }: Interface, { path, query, binding }: A2aCall): URL {
  if (binding === "JSONRPC") return url;
  const base = url.pathname.replace(/\/$/, "");
  const pinned = tenant === "" ? "" : `/${encodeURIComponent(tenant)}`;
  const address = new URL(url);
  address.pathname = base + pinned + path;
  address.search = query;
  return address;
}
