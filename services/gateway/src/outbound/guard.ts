import { isIP } from "node:net";
import type { AddressGuard } from "../core/ports/outbound.ts";
import { guardedLookup, mayConnect, NOT_PUBLIC, type Resolve, resolveBySystem } from "./guarded-lookup.ts";

/**
 * The judgement of `createOutbound` alone, for connections that stream: a name is resolved once and judged (S18).
 * @param allowedHosts names or IP addresses without brackets that may be at an address that is not public
 */
export function createAddressGuard(
  allowedHosts: readonly string[],
  resolve: Resolve = resolveBySystem,
): AddressGuard {
  const allowed = new Set(allowedHosts.map((host) => host.replace(/^\[|\]$/g, "").toLowerCase()));
  const lookup = guardedLookup(allowed, resolve);
  const guard: AddressGuard = {
    lookup,
    mayConnect(host) {
      const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
      return isIP(bare) === 0 || mayConnect(bare, allowed);
    },
    mayGoPlain: (host) => allowed.has(host.replace(/^\[|\]$/g, "").toLowerCase()),
    mayReach(host) {
      const bare = host.replace(/^\[|\]$/g, "");
      if (isIP(bare) !== 0) return Promise.resolve(guard.mayConnect(bare));
      return new Promise((settle) => {
        lookup(bare, { all: true }, (error) => settle(error?.code !== NOT_PUBLIC));
      });
    },
  };
  return guard;
}
