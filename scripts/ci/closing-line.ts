/**
 * Prints the outcome of a test run as one line, `N passed, N failed, N skipped`, from vitest's JSON report.
 * Fails when a test failed, when a file could not be loaded, and when no test ran at all.
 */
import { readFile } from "node:fs/promises";

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: { status: string }[] }[];
}

const [path = ""] = process.argv.slice(2);
const report: Report = JSON.parse(await readFile(path, "utf8"));
// A file that cannot be loaded fails without a failed test in it: it counts as one.
const broken = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
);
for (const file of broken) console.error(`${file.name}: ${file.message}`);
const failed = report.numFailedTests + broken.length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
