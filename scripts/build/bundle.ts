import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RolldownOutput, rolldown } from "rolldown";
import { licences } from "./licences.ts";
import type { Package } from "./packages.ts";

/**
 * Bundles one package's entries with everything that a user does not install beside it. The rule is the
 * manifest's: `dependencies` stay imports, what is only in `devDependencies` goes into the bundle.
 */
export async function bundle(
  { folder, entries, platform }: Package,
  into: string,
): Promise<{ files: number; bytes: number }> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const installed = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  const build = await rolldown({
    cwd: folder,
    input: { ...entries },
    platform,
    external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
    // The SDK runs in browsers and at the edge: an import that is left over there is a mistake, so it fails here.
    onLog(level, log, print) {
      if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      if (level === "warn") print(level, log);
    },
  });
  try {
    const output = await build.write({
      dir: into,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "[name]-[hash].js",
      // Names in stack traces and reports stay readable; whitespace and dead code do not.
      minify: platform === "node" ? { compress: true, mangle: false, codegen: true } : false,
      keepNames: true,
    });
    const notice = await licences(output, folder);
    if (notice !== "") await writeFile(join(into, "THIRD-PARTY-LICENSES.txt"), notice);
    const chunks = output.output.filter((file) => file.type === "chunk");
    refuseBuiltins(platform, output);
    return {
      files: chunks.length,
      bytes: chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.code), 0),
    };
  } finally {
    await build.close();
  }
}

/** @throws when a bundle for every runtime imports anything at all */
function refuseBuiltins(platform: Package["platform"], { output }: RolldownOutput): void {
  if (platform !== "neutral") return;
  const names = new Set(output.map((file) => file.fileName));
  const imports = output
    .flatMap((file) => (file.type === "chunk" ? [...file.imports, ...file.dynamicImports] : []))
    .filter((id) => !names.has(id));
  if (imports.length > 0)
    throw new Error(`the bundle must import nothing, but imports ${imports.join(", ")}`);
}
