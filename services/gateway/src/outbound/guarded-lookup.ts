import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { isPublicAddress } from "./public-address.ts";

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** What the socket gets instead of an address, by `code`. */
export const NOT_PUBLIC = "ERR_ATTACH_ADDRESS_NOT_PUBLIC";

export const resolveBySystem: Resolve = (host) =>
  new Promise((settle, fail) => {
    lookup(host, { all: true }, (error, addresses) => (error === null ? settle(addresses) : fail(error)));
  });

/** The address itself, not a name that leads to it: a socket does not look those up. */
export function mayConnect(host: string, allowed: ReadonlySet<string>): boolean {
  return allowed.has(host) || isPublicAddress(host);
}

/**
 * The look-up that a socket connects by. The name is resolved once and the socket is given those very addresses, so that no second
 * answer can take the place of the one that was judged (DNS rebinding). One address that is not public refuses them all.
 */
export function guardedLookup(allowed: ReadonlySet<string>, resolve: Resolve) {
  return (
    host: string,
    { all }: LookupOptions,
    done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    const answer = (addresses: readonly LookupAddress[]) => {
      const [first] = addresses;
      const isAllowed = allowed.has(host.toLowerCase());
      if (first === undefined || !(isAllowed || addresses.every(({ address }) => isPublicAddress(address))))
        done(Object.assign(new Error("not a public address"), { code: NOT_PUBLIC }), "");
      else if (all) done(null, [...addresses]);
      else done(null, first.address, first.family);
    };
    resolve(host).then(answer, (error: NodeJS.ErrnoException) => done(error, ""));
  };
}
