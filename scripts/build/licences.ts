import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { RolldownOutput } from "rolldown";

/**
 * The licences of the packages that went into a bundle: most ask that their text travel with every copy.
 * @throws when a bundled package has neither a licence text nor a licence name
 */
export async function licences({ output }: RolldownOutput, folder: string): Promise<string> {
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  const folders = new Set(modules.filter((id) => id.includes(`${sep}node_modules${sep}`)).map(packageFolder));
  const notices = await Promise.all([...folders].map((each) => notice(each)));
  if (notices.length === 0) return "";
  const sorted = [...new Set(notices)].sort();
  const { name } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return `${name} contains these packages, under these licences.\n\n${sorted.join("\n\n")}\n`;
}

/** The folder of the package that a module is from: the nearest above it whose manifest has a name and a version. */
function packageFolder(module: string): string {
  const path = module.replace(/^\0/, "").replace(/\?.*$/, "");
  const inner = path.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules${sep}`.length;
  const [scope, name] = path.slice(inner).split(sep);
  const parts = scope?.startsWith("@") ? [scope, name ?? ""] : [scope ?? ""];
  const found = join(path.slice(0, inner), ...parts);
  if (!existsSync(join(found, "package.json")))
    throw new Error(`no package holds ${module} (${dirname(path)})`);
  return found;
}

async function notice(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? "" : (await readFile(join(folder, file), "utf8")).trim();
  if (text === "" && typeof license !== "string") throw new Error(`${name} ${version} names no licence`);
  return `${"-".repeat(80)}\n${name} ${version} (${license ?? "see below"})\n\n${text}`.trimEnd();
}
