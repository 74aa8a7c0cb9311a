/**
 * Builds what is published, each package into its own `dist`: `node scripts/build.ts [gateway] [sdk] [dev-issuer]`.
 * Nothing in development needs it; the gateway's launcher calls it when its bundle is older than the sources.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "./build/bundle.ts";
import { declarations } from "./build/declarations.ts";
import { packages, root } from "./build/packages.ts";
import { replaceFolder } from "./build/replace-folder.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !packages.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(
    `no such package: ${unknown.join(", ")} (there are ${packages.map(({ name }) => name).join(", ")})`,
  );
  process.exit(2);
}

const cache = join(root, "node_modules/.cache");
await mkdir(cache, { recursive: true });
for (const each of packages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const started = performance.now();
  // Built elsewhere, then put in place: a bundle that is there is never half a bundle.
  const work = await mkdtemp(join(cache, `build-${each.name}-`));
  const fresh = join(work, "dist");
  try {
    const { files, bytes } = await bundle(each, fresh);
    if (each.types) await declarations(each, fresh, join(work, "types"));
    const last = Object.keys(each.entries).map((entry) => `${entry}.js`);
    await replaceFolder(join(each.folder, "dist"), fresh, last);
    const took = ((performance.now() - started) / 1000).toFixed(1);
    console.error(`built ${each.name}: ${files} files, ${Math.round(bytes / 1024)} kB in ${took} s`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
