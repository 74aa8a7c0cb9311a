#!/usr/bin/env node
// Starts the gateway's bundle. Plain JavaScript, so that an old Node can read it and say what is missing. In the
// repository it also finds the workspace's own Node 24, and builds the bundle when the sources are newer.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = [22, 19];
const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const gateway = resolve(here, "..");
const main = join(gateway, "dist", "main.js");
/** The repository's root, when this is the repository and not an installed package. */
const root = existsSync(join(gateway, "src", "main.ts")) ? resolve(gateway, "..", "..") : undefined;

if (!newEnough(process.versions.node)) {
  runOn(workspaceNode());
} else {
  if (root !== undefined && isStale()) build();
  import(pathToFileURL(main).href).catch(fail);
}

function newEnough(version) {
  const parts = version.split(".").map(Number);
  return parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1]);
}

/** Node 24 as `pnpm install` puts it into the repository. */
function workspaceNode() {
  const node = root && join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  if (node && existsSync(node)) return node;
  fail(
    `attach-gateway needs Node ${NEEDED.join(".")} or newer; this is Node ${process.versions.node}.` +
      (root
        ? " `npm run demo` or `npx pnpm@12 install` brings one along."
        : " See https://nodejs.org/en/download."),
  );
}

/** Runs this file again on another Node: its output, its exit code, and the signals we get. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) {
    // A terminal's Ctrl-C reaches the child by itself; here it only must not end us first.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", fail);
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
  });
}

/** Whether a source, or the list of packages, changed after the bundle was built. */
function isStale() {
  if (!existsSync(main)) return true;
  const built = statSync(main).mtimeMs;
  const folders = [
    "services/gateway/src",
    "services/demo-engine/src",
    "packages/protocol/src",
    "scripts/build",
  ];
  const files = ["pnpm-lock.yaml", "services/gateway/package.json", "scripts/build.ts"];
  return (
    files.some((file) => changedAt(join(root, file)) > built) ||
    folders.some((folder) => newestIn(join(root, folder)) > built)
  );
}

function newestIn(folder) {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  // The folder's own time tells of a file that was removed.
  return entries.reduce((newest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(path) : changedAt(path));
  }, changedAt(folder));
}

function changedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function build() {
  process.stderr.write("attach-gateway: building the bundle, the sources changed\n");
  // Nothing on stdout: a command's output may be piped on.
  const stdio = ["ignore", process.stderr, process.stderr];
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.ts"), "gateway"], {
    cwd: root,
    stdio,
  });
  if (built.status !== 0) fail("attach-gateway: the bundle could not be built");
}

function fail(error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
