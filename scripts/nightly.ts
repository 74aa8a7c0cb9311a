/**
 * What takes too long for every change, `pnpm run nightly`: the token parser and the verifiers against 100,000 hostile texts, other
 * ones each night; `ATTACH_FUZZ_RUNS` asks for more. Every failure prints the seed that repeats it.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const runs = process.env["ATTACH_FUZZ_RUNS"] || "100000";
const vitest = resolve(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "unit", "fuzz"], {
  cwd: root,
  env: { ...process.env, ATTACH_FUZZ_RUNS: runs },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
