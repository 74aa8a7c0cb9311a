import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Plugin, type RolldownOutput, rolldown } from "rolldown";
import { licences } from "./licences.ts";
import type { Package } from "./packages.ts";

/**
 * Bundles one package's entries with everything that a user does not install beside it. The rule is the
 * manifest's: `dependencies` stay imports, what is only in `devDependencies` goes into the bundle.
 */
export async function bundle(
  { name, folder, entries, platform }: Package,
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
    plugins: [undiciCore(folder), ...(name === "gateway" ? [lean] : [])],
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
      // Not minified: it is a security product's code, and stack traces point into it.
      comments: { legal: false, annotation: true, jsdoc: false },
      plugins: [asciiOnly],
    });
    const notice = await licences(output, folder);
    if (notice !== "") await writeFile(join(into, "THIRD-PARTY-LICENSES.txt"), notice);
    const chunks = output.output.filter((file) => file.type === "chunk");
    const peers = Object.keys(manifest.peerDependencies ?? {});
    refuseBuiltins(platform, output, (id) => peers.some((peer) => id.startsWith(`${peer}/`)));
    return {
      files: chunks.length,
      bytes: chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.code), 0),
    };
  } finally {
    await build.close();
  }
}

/**
 * undici's entry loads its `fetch`, mocks, caches and proxies as well; the relay needs the parts named here. Half of undici's
 * code and 5 MB of memory less. Importing anything else from it fails the build with a missing export.
 */
function undiciCore(folder: string): Plugin {
  const entry = join(folder, "undici-core.js");
  const code = `
    import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
    import api from "undici/lib/api/index.js";
    Object.assign(Dispatcher.prototype, api);
    export { default as Agent } from "undici/lib/dispatcher/agent.js";
    export { default as Client } from "undici/lib/dispatcher/client.js";
    export { default as buildConnector } from "undici/lib/core/connect.js";
    export { default as errors } from "undici/lib/core/errors.js";`;
  return {
    name: "undici-core",
    resolveId: (id) => (id === "undici" ? entry : undefined),
    load: (id) => (id === entry ? { code, moduleSideEffects: true } : undefined),
  };
}

/**
 * What is loaded in passing is a sixth of the idle gateway. An ES import of `node:http` reads every export of it, also the
 * getter of its `WebSocket`, which loads the `fetch` that Node brings along: so it is asked for, and what is named here read
 * from it. And Fastify and undici require what the gateway has no use for.
 */
const lean: Plugin = {
  name: "lean",
  resolveId(id, _, { kind }) {
    if (kind === "require-call") return id in UNUSED ? `\0unused ${id}` : undefined;
    return id === "node:http" ? "\0http" : undefined;
  },
  load(id) {
    if (id === "\0http")
      return `export const { METHODS, STATUS_CODES, createServer } = process.getBuiltinModule("node:http");`;
    const unused = UNUSED[id.replace("\0unused ", "")];
    return unused && `module.exports = ${unused};`;
  },
};

/** What is required in vain → what it looks like to those that destructure it. */
const UNUSED: Readonly<Record<string, string>> = {
  "node:https": "{}",
  "node:http2": "{ constants: {} }",
  // Ours are in services/gateway/src/http/schema-compilers.ts; without them the boot would fail here.
  "@fastify/ajv-compiler": "undefined",
  "@fastify/fast-json-stringify-compiler": "undefined",
  // pino writes to standard output.
  "thread-stream": "undefined",
};

/** One character beyond Latin-1 makes V8 keep the whole file with two bytes a character: 3 MB more for the gateway. */
const asciiOnly: Plugin = {
  name: "ascii-only",
  // In the last hook: an earlier one would see its escapes printed as characters again.
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      file.code = file.code.replace(
        /[^\x00-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    }
  },
};

/**
 * @throws when a bundle for every runtime imports anything at all; an adapter, which is an entry of its own beside `index`, may
 * import the library that it adapts to
 */
function refuseBuiltins(
  platform: Package["platform"],
  { output }: RolldownOutput,
  isPeer: (id: string) => boolean,
): void {
  if (platform !== "neutral") return;
  const names = new Set(output.map((file) => file.fileName));
  const imports = output.flatMap((file) => {
    if (file.type !== "chunk") return [];
    const isAdapter = file.isEntry && file.name !== "index";
    return [...file.imports, ...file.dynamicImports].filter(
      (id) => !names.has(id) && !(isAdapter && isPeer(id)),
    );
  });
  if (imports.length > 0)
    throw new Error(`the bundle must import nothing, but imports ${imports.join(", ")}`);
}
