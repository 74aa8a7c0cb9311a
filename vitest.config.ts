import { defineConfig } from "vitest/config";

/** CI reads the outcome from a file of this name. */
const report = process.env["ATTACH_TEST_REPORT"];

export default defineConfig({
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "services/*/src/**/*.test.ts",
            "test/architecture.test.ts",
          ],
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "test/regression/**/*.test.ts", "test/conformance/**/*.test.ts"],
          globalSetup: "test/support/build-gateway.ts",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
