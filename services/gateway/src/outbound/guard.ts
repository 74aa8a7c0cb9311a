import { isIP } from "node:net";
import type { AddressGuard } from "../core/ports/outbound.ts";
import { guardedLookup, mayConnect, type Resolve, resolveBySystem } from "./guarded-lookup.ts";

/**
 * The judgement of `createOutbound` alone, for connections that stream: a name is resolved once and judged (S18).
 * @param allowedHosts names or IP addresses without brackets that may be at an address that is not public
 */
export function createAddressGuard(
  allowedHosts: readonly string[],
  resolve: Resolve = resolveBySystem,
): AddressGuard {
  const allowed = new Set(allowedHosts.map((host) => host.replace(/^\[|\]$/g, "").toLowerCase()));
  return {
    lookup: guardedLookup(allowed, resolve),
    mayConnect(host) {
      const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
      return isIP(bare) === 0 || mayConnect(bare, allowed);
    },
  };
}
