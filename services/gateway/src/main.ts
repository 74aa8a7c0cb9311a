import { run } from "./cli/run.ts";

/** What may still hold the process after its work is done gets this long, in milliseconds. */
const LINGER_MS = 1_000;
/** Most of standard input that is read, in characters: a token. */
const MAX_INPUT = 64 * 1024;

// Whoever reads our output may go away first (`attach-gateway --help | head -1`): that ends the output, not the work.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  say: (line) => void process.stdout.write(`${line}\n`),
  isHeard: () => process.stdout.writable,
  tell: (line) => void process.stderr.write(`${line}\n`),
  async readInput() {
    let text = "";
    for await (const chunk of process.stdin.setEncoding("utf8")) {
      text += chunk;
      if (text.length > MAX_INPUT) break;
    }
    return text;
  },
  onSignal(listener) {
    process.on("SIGINT", () => listener("SIGINT"));
    process.on("SIGTERM", () => listener("SIGTERM"));
  },
  exit: (code) => process.exit(code),
});
setTimeout(() => process.exit(), LINGER_MS).unref();
