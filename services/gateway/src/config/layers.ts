import { type Environment, readEnvironment } from "./environment.ts";
import { isTree, readConfigFile, type Tree } from "./file.ts";
import { createReport, type Report } from "./report.ts";
import { fileKey, firstPath, listSettings, type Setting } from "./settings.ts";
import { readText } from "./text.ts";

/** Where a configuration comes from. */
export interface ConfigSources {
  /** Command-line flags by name, without the dashes. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `serve`, the default, needs an issuer; `dev` listens on loopback only; a `tool` works on the store and listens nowhere. */
  readonly command?: "serve" | "dev" | "tool";
  /** Values by path that beat everything: what `dev` brings itself. What is given for them elsewhere is not read. */
  readonly imposed?: Readonly<Record<string, unknown>>;
}

/** All sources laid over each other, not judged yet. */
export interface Layers {
  readonly tree: Tree;
  readonly environment: Environment;
  readonly report: Report;
  /** Has anything been said about this setting (no default)? */
  isNamed(path: string): boolean;
  /** Is the value that counts the file's? */
  isFromFile(path: string): boolean;
}

/** The settings that say which server an entry of a list is about. */
const ADDRESSES: Readonly<Record<string, string>> = { issuers: "issuer", upstreams: "url" };

/** Flags over environment over `.env` over the file. */
export function layer({ flags = {}, env, cwd, imposed = {} }: ConfigSources): Layers {
  const origins = new Map<string, string>();
  const filePaths = new Set<string>();
  const isFromFile = (path: string) => !origins.has(path) && filePaths.has(path);
  const report = createReport((path) => (isFromFile(path) ? inFile(path) : origins.get(path)));
  const environment = readEnvironment({ env, cwd, complain: report.complain });
  const { name, tree } = readConfigFile({ path: flags["config"], cwd, complain: report.complain });
  const inFile = (path: string) => `${fileKey(path)} in ${name}`;

  for (const path of Object.keys(imposed)) remove(tree, path.split("."));
  notePaths(tree, "", filePaths);

  const given = listSettings().flatMap((setting) => {
    const path = firstPath(setting.path);
    if (Object.keys(imposed).some((top) => path === top || path.startsWith(`${top}.`))) return [];
    const word = readWord(setting, flags, environment);
    if (word === undefined) return [];
    origins.set(path, word.from);
    if (word.mistake === undefined) return [{ path, value: readText(setting.node, setting.info, word.text) }];
    report.complain(word.mistake);
    return [];
  });

  const replaced = given.filter(({ path, value }) => namesAnother(tree, path, value));
  for (const { path } of replaced) {
    const entry = path.slice(0, path.lastIndexOf("."));
    report.warn(`${origins.get(path)} takes the place of ${fileKey(entry)} in ${name}, which is not used`);
    put(tree, entry, {});
  }
  for (const { path, value } of given) put(tree, path, value);
  for (const [path, value] of Object.entries(imposed)) put(tree, path, value);
  nameAuth0Issuer(tree, origins);

  return { tree, environment, report, isNamed: (path) => find(tree, path) !== undefined, isFromFile };
}

interface Word {
  readonly text: string;
  readonly from: string;
  readonly mistake?: Parameters<Report["complain"]>[0];
}

/** What flags and environment say about a setting. */
function readWord(
  { info }: Setting,
  flags: ConfigSources["flags"] & {},
  environment: Environment,
): Word | undefined {
  const flag = info.flag === undefined ? undefined : flags[info.flag];
  if (flag !== undefined) return { text: flag, from: `--${info.flag}` };
  if (info.env === undefined) return undefined;
  if (info.secret === undefined) {
    const text = environment.get(info.env);
    return text === undefined ? undefined : { text, from: info.env };
  }
  const reading = environment.secret(info.env);
  if (reading === undefined) return undefined;
  if ("mistake" in reading) return { text: "", from: `${info.env}_FILE`, mistake: reading.mistake };
  return { text: reading.value, from: reading.from };
}

/**
 * Does the environment name another server than the file's first entry? Then nothing else of that entry counts: a key or an
 * audience of one server must not be used for another.
 */
function namesAnother(tree: Tree, path: string, value: unknown): boolean {
  const [list = "", index, leaf] = path.split(".");
  if (index !== "0" || ADDRESSES[list] !== leaf) return false;
  const inFile = find(tree, path);
  return typeof inFile === "string" && inFile.replace(/\/$/, "") !== String(value).replace(/\/$/, "");
}

/** The earlier gateway knew its issuer by AUTH0_DOMAIN alone. */
function nameAuth0Issuer(tree: Tree, origins: Map<string, string>): void {
  const domain = find(tree, "auth0.domain");
  if (typeof domain !== "string" || /[^\w.-]/.test(domain) || find(tree, "issuers.0.issuer") !== undefined)
    return;
  put(tree, "issuers.0.issuer", `https://${domain}/`);
  origins.set("issuers.0.issuer", origins.get("auth0.domain") ?? "auth0.domain");
}

function find(tree: unknown, path: string): unknown {
  let value = tree;
  for (const step of path.split(".")) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isTree(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value ?? undefined;
}

/** Puts a value at a path, making what is missing on the way. Where the file has the wrong shape it stays, to be reported. */
function put(tree: Tree, path: string, value: unknown): void {
  const steps = path.split(".");
  let place: Tree | unknown[] = tree;
  for (const [index, step] of steps.entries()) {
    const key = step as keyof typeof place;
    if (index === steps.length - 1) {
      Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
      return;
    }
    const next: unknown = (place[key] as unknown) ?? (steps[index + 1] === "0" ? [] : {});
    if (!isTree(next) && !Array.isArray(next)) return;
    Object.defineProperty(place, key, { value: next, enumerable: true, configurable: true, writable: true });
    place = next;
  }
}

function remove(tree: unknown, [step = "", ...rest]: readonly string[]): void {
  if (!isTree(tree)) return;
  if (rest.length === 0) delete tree[step];
  else remove(tree[step], rest);
}

/** Every path the file speaks of. */
function notePaths(value: unknown, path: string, paths: Set<string>): void {
  if (path !== "") paths.add(path);
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) notePaths(item, join(path, `${index}`), paths);
  else if (isTree(value))
    for (const [key, item] of Object.entries(value)) notePaths(item, join(path, key), paths);
}

const join = (path: string, step: string) => (path === "" ? step : `${path}.${step}`);
