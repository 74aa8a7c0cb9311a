/** The published packages as a user gets them: built, packed, and installed in a folder that knows nothing of this one. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

export const ROOT = resolve(import.meta.dirname, "../..");
const FOLDERS = ["packages/sdk", "services/dev-issuer", "services/gateway"];
const run = promisify(execFile);

export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** Path in the package → text. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Packed {
  readonly packages: readonly PackedPackage[];
  /** Removes the tarballs. */
  remove(): Promise<void>;
}

/** What a user's shell has, on the Node that these tests run on. Nothing that pnpm set for its script. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_(lifecycle|package|execpath|command|config_user_agent)|pnpm_|vitest|init_cwd)/i;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const env = Object.fromEntries(kept);
  return { ...env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
}

/** Packs all of them, as `build-gateway.ts` has built them. */
export async function pack(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), "attach-packed-"));
  const packages: PackedPackage[] = [];
  for (const each of FOLDERS) {
    const tarball = await packOne(join(ROOT, each), folder);
    const { name } = JSON.parse(await readFile(join(ROOT, each, "package.json"), "utf8"));
    packages.push({ name, tarball, files: await unpack(tarball) });
  }
  return { packages, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** pnpm is what publishes: it puts versions for `catalog:` and `workspace:`, and `publishConfig` in place. */
async function packOne(folder: string, into: string): Promise<string> {
  const before = new Set(await readdir(into));
  const [command, ...start] = await pnpmCommand();
  await run(command, [...start, "pack", "--pack-destination", into], { cwd: folder, env: userEnvironment() });
  const made = (await readdir(into)).find((file) => !before.has(file) && file.endsWith(".tgz"));
  if (made === undefined) throw new Error(`nothing was packed from ${folder}`);
  return join(into, made);
}

/** It is on PATH in `npm test`; a test that is run by itself asks npm for it. */
async function pnpmCommand(): Promise<[string, ...string[]]> {
  const { stdout } = await run("pnpm", ["--version"]).catch(() => ({ stdout: "" }));
  if (stdout.startsWith("12.")) return ["pnpm"];
  return ["npm", "exec", "--yes", "--prefer-offline", "--package=pnpm@12", "--", "pnpm"];
}

async function unpack(tarball: string): Promise<ReadonlyMap<string, string>> {
  const into = await mkdtemp(join(tmpdir(), "attach-unpacked-"));
  try {
    await run("tar", ["-xzf", tarball, "-C", into]);
    const top = join(into, "package");
    const entries = await readdir(top, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const texts = paths.map(
      async (path) => [path.slice(top.length + 1), await readFile(path, "utf8")] as const,
    );
    return new Map(await Promise.all(texts));
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

/** An empty folder with the packages installed by npm. @returns its path */
export async function install({ packages }: Packed): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "attach-installed-"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarballs = packages.map(({ tarball }) => tarball);
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], {
    cwd: folder,
    env: userEnvironment(),
  });
  return folder;
}
