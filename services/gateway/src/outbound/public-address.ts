import { BlockList, isIP } from "node:net";

/** What IANA's registry of special-purpose IPv4 addresses (RFC 6890) does not call globally reachable, and multicast. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/**
 * The other way round for IPv6: only global unicast is public, less the parts of it that carry an IPv4 address inside (6to4,
 * Teredo) or are no address of anybody. Mapped, translated (`64:ff9b::/96`), local and link-local ones lie outside of it.
 */
const GLOBAL_V6 = ["2000::/3"];
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const specialV4 = blockList(SPECIAL_V4, "ipv4");
const globalV6 = blockList(GLOBAL_V6, "ipv6");
const specialV6 = blockList(SPECIAL_V6, "ipv6");

/** Is this IP address one of the public Internet's? Anything that is not plainly one is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialV4.check(address, "ipv4");
    case 6:
      return !address.includes("%") && globalV6.check(address, "ipv6") && !specialV6.check(address, "ipv6");
    default:
      return false;
  }
}

function blockList(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
