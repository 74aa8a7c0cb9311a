import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * Before the black-box tests: builds the bundle that users run, so that the tests start that, and start it fast. The sources
 * would take three times the memory and six times the start, once for every process of every test.
 */
export function setup(): void {
  const root = resolve(import.meta.dirname, "../..");
  execFileSync(process.execPath, ["scripts/build.ts", "gateway"], { cwd: root, stdio: "inherit" });
}
