import manifest from "../../../package.json" with { type: "json" };
import { type Finding, fail, good } from "./finding.ts";

/** @param version such as `24.1.0` */
export function checkNode(version: string): Finding {
  const needed = manifest.engines.node.replace(">=", "");
  const [[major, minor], [leastMajor, leastMinor]] = [numbers(version), numbers(needed)];
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return enough
    ? good("node", version)
    : fail("node", `${version} is too old`, `install Node ${needed} or newer: https://nodejs.org`);
}

function numbers(version: string): readonly [number, number] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return [major, minor];
}
