import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Action, Tool, ToolOrder } from "./tool.ts";
import { TOOLS } from "./tools.ts";

export const COMMANDS = ["serve", "dev"] as const;
export type Command = (typeof COMMANDS)[number];

export type Flags = Readonly<Record<string, string>>;

export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** `command` is undefined for the bare program: what it does then depends on the configuration. */
  | { readonly kind: "run"; readonly command: Command | undefined; readonly flags: Flags }
  | { readonly kind: "tool"; readonly tool: Tool; readonly order: ToolOrder };

type Takes = Action["flags"][string];

const EVERYWHERE: Readonly<Record<string, Takes>> = { help: "switch", version: "switch", config: "value" };
const OF_COMMANDS: Readonly<Record<string, Takes>> = {
  ...EVERYWHERE,
  port: "value",
  host: "value",
  upstream: "value",
  workers: "value",
};
const SHORT: Readonly<Record<string, string>> = { help: "h", version: "v", follow: "f" };

/** Every flag of every command, so that a value is never taken for a word. The same name is the same kind everywhere. */
const OPTIONS = Object.fromEntries(
  [OF_COMMANDS, ...TOOLS.flatMap(({ actions }) => Object.values(actions).map(({ flags }) => flags))]
    .flatMap((flags) => Object.entries(flags))
    .map(([name, takes]) => {
      const type = takes === "switch" ? ("boolean" as const) : ("string" as const);
      const short = SHORT[name];
      return [name, short === undefined ? { type } : { type, short }] as const;
    }),
);

const isCommand = (word: string): word is Command => (COMMANDS as readonly string[]).includes(word);

/**
 * Reads the command line. Never repeats a value of it: it may be a secret.
 * @returns what to do, or what is wrong, in words
 */
export function readCommandLine(argv: readonly string[]): Result<CommandLine, string> {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [word, ...more] = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  const given = tokens.filter((token) => token.kind === "option");
  const tool = TOOLS.find(({ name }) => name === word);
  if (tool !== undefined) return readTool(tool, more, given);

  const read = readFlags(given, OF_COMMANDS);
  if (!read.ok) return read;
  if (word !== undefined && !isCommand(word)) return refuse(unknownWord(word));
  if (more.length > 0) return refuse("there is a word too many: one command, then flags");
  const asked = askedFor(read.value);
  if (asked !== undefined) return ok({ kind: asked });
  const flags = Object.entries(read.value).map(([name, values]) => [name, values[0] ?? ""]);
  return ok({ kind: "run", command: word, flags: Object.fromEntries(flags) });
}

/** `<tool> <action> <words> <flags>`; help may be asked for without an action. */
function readTool(
  tool: Tool,
  words: readonly string[],
  given: readonly OptionToken[],
): Result<CommandLine, string> {
  const bare = tool.actions[""];
  const [first, ...others] = words;
  const action = bare === undefined && first !== undefined ? first : "";
  const known = Object.hasOwn(tool.actions, action) ? tool.actions[action] : undefined;
  const read = readFlags(given, { ...EVERYWHERE, ...known?.flags });
  if (read.ok && askedFor(read.value) !== undefined) return ok({ kind: askedFor(read.value) ?? "help" });
  if (known === undefined) return refuse(unknownAction(tool, action));
  if (!read.ok) return read;
  const left = bare === undefined ? others : words;
  if (left.length > (known.words ?? 0)) return refuse("there is a word too many");
  return ok({ kind: "tool", tool, order: { action, words: left, flags: read.value } });
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

type Values = Readonly<Record<string, readonly string[]>>;

function readFlags(
  given: readonly OptionToken[],
  takes: Readonly<Record<string, Takes>>,
): Result<Values, string> {
  const flags = new Map<string, string[]>();
  for (const { name, rawName, value } of given) {
    const kind = Object.hasOwn(takes, name) ? takes[name] : undefined;
    const fault = faultOfOption({ name, rawName, value }, kind, Object.keys(takes));
    if (fault !== undefined) return refuse(fault);
    const before = flags.get(name) ?? [];
    if (kind === "value" && before.length > 0) return refuse(`${rawName} is there twice`);
    flags.set(name, [...before, value ?? ""]);
  }
  return ok(Object.fromEntries(flags));
}

function faultOfOption(
  { name, rawName, value }: OptionToken,
  kind: Takes | undefined,
  known: readonly string[],
): string | undefined {
  if (kind === undefined) {
    const near = nearest(name, known);
    return `there is no flag ${shown(rawName)}${near === undefined ? "" : ` (did you mean --${near}?)`}`;
  }
  if (kind === "switch") return value === undefined ? undefined : `${rawName} takes no value`;
  const missing =
    value === undefined || value.trim() === "" || (value.startsWith("-") && !/^-(\d|$)/.test(value));
  return missing ? `${rawName} needs a value` : undefined;
}

const askedFor = (flags: Values) => (["help", "version"] as const).find((name) => flags[name] !== undefined);

function unknownWord(word: string): string {
  const near = nearest(word, [...COMMANDS, ...TOOLS.map(({ name }) => name), "--help", "--version"]);
  return `there is no command ${shown(word)}${near === undefined ? "" : ` (did you mean ${near}?)`}`;
}

function unknownAction({ name, actions }: Tool, action: string): string {
  const all = Object.keys(actions);
  if (action === "") return `${name} needs one of: ${all.join(", ")}`;
  const near = nearest(action, all);
  return `${name} has no ${shown(action)}; it has ${near === undefined ? all.join(", ") : `${near} (did you mean that?)`}`;
}

/** A word as it was typed, when it can be nothing but a word. */
function shown(word: string): string {
  return /^[\w-]{1,24}$/.test(word) ? `"${word}"` : "of that name";
}
