// `npm run demo` and `npm test` on a machine that has nothing but Node 20 and npm: finds pnpm (on PATH, else
// by `npm exec`, which keeps it in npm's own cache) and hands the command over to it. pnpm then installs what
// is missing, Node 24 among it, and runs the script on that. Plain JavaScript: this file runs on the old Node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "12";
const OLDEST_NODE = 20;
const WINDOWS = process.platform === "win32";

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  fail(`Node ${OLDEST_NODE} or newer is needed to start; this is Node ${process.versions.node}.`);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where npm put pnpm the last time: asking again takes a second, and a network on some days. */
const remembered = join(root, "node_modules", ".cache", "pnpm-bin");

const pnpm = onPath() ?? fromMemory() ?? viaNpm();
announceInstall();
run(pnpm, process.argv.slice(2));

/** pnpm as the caller already has it, if it is of the right major version. */
function onPath() {
  const probe = spawnSync("pnpm", ["--version"], { encoding: "utf8", shell: WINDOWS, timeout: 15_000 });
  return probe.status === 0 && probe.stdout.trim().startsWith(`${PNPM}.`) ? { command: "pnpm" } : undefined;
}

function fromMemory() {
  const bin = existsSync(remembered) ? readFileSync(remembered, "utf8") : "";
  return bin !== "" && existsSync(join(bin, "pnpm")) ? inFolder(bin) : undefined;
}

/**
 * pnpm from npm's cache, fetched into it the first time. Only its place is asked of npm, and pnpm is then run
 * directly: one process less for a signal to get lost in. `--prefer-offline` is why a later run needs no network.
 */
function viaNpm() {
  const ask = ["exec", "--yes", "--prefer-offline", `--package=pnpm@${PNPM}`, "--"];
  const script = ["node", "-e", "process.stdout.write(process.env.PATH || process.env.Path || '')"];
  // npm tells the scripts it runs where it is itself; that needs no shell, on Windows either.
  const npm = process.env.npm_execpath;
  const direct = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm);
  const asked = direct
    ? spawnSync(process.execPath, [npm, ...ask, ...script], { encoding: "utf8" })
    : spawnSync("npm", [...ask, "node", "-p", '"process.env.PATH||process.env.Path"'], {
        encoding: "utf8",
        shell: true,
      });
  const bin = (asked.stdout ?? "").trim().split(delimiter)[0] ?? "";
  if (asked.status !== 0 || !existsSync(join(bin, "pnpm"))) {
    fail(`pnpm ${PNPM} could not be fetched by \`npm exec pnpm@${PNPM}\`:\n${asked.stderr || asked.error}`);
  }
  return inFolder(bin);
}

function inFolder(bin) {
  const native = join(dirname(bin), "pnpm", "pnpm.exe");
  return { command: WINDOWS && existsSync(native) ? native : join(bin, "pnpm"), bin };
}

function announceInstall() {
  if (!existsSync(join(root, "node_modules", ".modules.yaml"))) {
    console.error("First run: installing what is needed (Node 24 and the packages of the lockfile)…");
  }
}

/** Runs pnpm in our place: its output, its exit code, and the signals we get. */
function run({ command, bin }, args) {
  // Scripts call `pnpm` by name, so it has to be on their PATH.
  const path = bin === undefined ? process.env.PATH : `${bin}${delimiter}${process.env.PATH}`;
  const child = spawn(command, args, {
    stdio: "inherit",
    env: { ...process.env, PATH: path },
    shell: WINDOWS && !command.endsWith(".exe"),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal's Ctrl-C reaches the child by itself; here it only must not end us first.
    process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  }
  // npm answers SIGTERM by ending its shell, which does not pass it on: then our parent is gone.
  const parent = process.ppid;
  const orphaned = () => process.ppid !== parent && child.kill("SIGTERM");
  if (process.env.npm_lifecycle_event !== undefined && !WINDOWS) setInterval(orphaned, 500).unref();
  child.on("error", (error) => fail(`pnpm could not be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
    if (bin !== undefined) remember(bin);
  });
}

/** After pnpm has made node_modules, not before: it takes one that it did not make for another tool's. */
function remember(bin) {
  if (!existsSync(join(root, "node_modules", ".modules.yaml"))) return;
  mkdirSync(dirname(remembered), { recursive: true });
  writeFileSync(remembered, bin);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
