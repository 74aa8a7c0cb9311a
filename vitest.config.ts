import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SlowestFirst } from "./test/support/slowest-first.ts";

/** CI reads the outcome from a file of this name. */
const report = process.env["ATTACH_TEST_REPORT"];

export default defineConfig({
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    // One more than there are cores: most files wait for the processes they have started. Vitest's own choice is one fewer.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "services/*/src/**/*.test.ts",
            "test/architecture.test.ts",
          ],
          globalSetup: "test/support/temporary-folder.ts",
          pool: "threads",
          // A busy machine is no defect; what hangs is still found.
          testTimeout: 20_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "test/regression/**/*.test.ts", "test/conformance/**/*.test.ts"],
          globalSetup: ["test/support/temporary-folder.ts", "test/support/build-gateway.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
