import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * Before the black-box tests: builds what users run and install, so that the tests start that, and start it fast. The sources
 * would take three times the memory and six times the start, once for every process of every test. Once for all: a test that
 * built again would pull the bundle from under the others.
 */
export function setup(): void {
  const root = resolve(import.meta.dirname, "../..");
  execFileSync(process.execPath, ["scripts/build.ts"], { cwd: root, stdio: "inherit" });
}
