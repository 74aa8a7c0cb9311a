import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import { ok, type Result, refuse } from "../core/result.ts";

export const COMMANDS = ["serve", "dev"] as const;
export type Command = (typeof COMMANDS)[number];

export type Flags = Readonly<Record<string, string>>;

export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** `command` is undefined for the bare program: what it does then depends on the configuration. */
  | { readonly kind: "run"; readonly command: Command | undefined; readonly flags: Flags };

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  upstream: { type: "string" },
  config: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

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
  const flags = new Map<string, string>();
  const words: string[] = [];
  let asked: "help" | "version" | undefined;
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const fault = faultOfOption(token, flags);
    if (fault !== undefined) return refuse(fault);
    if (token.name === "help" || token.name === "version") asked ??= token.name;
    else flags.set(token.name, token.value ?? "");
  }
  const [word, ...more] = words;
  if (word !== undefined && !isCommand(word)) return refuse(unknownWord(word));
  if (more.length > 0) return refuse("there is a word too many: one command, then flags");
  if (asked !== undefined) return ok({ kind: asked });
  return ok({ kind: "run", command: word, flags: Object.fromEntries(flags) });
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function faultOfOption(token: OptionToken, flags: ReadonlyMap<string, string>): string | undefined {
  const { name, rawName, value } = token;
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : undefined;
  if (option === undefined) {
    const near = nearest(name, Object.keys(OPTIONS));
    return `there is no flag ${shown(rawName)}${near === undefined ? "" : ` (did you mean --${near}?)`}`;
  }
  if (option.type === "boolean") return value === undefined ? undefined : `${rawName} takes no value`;
  if (value === undefined || value.trim() === "" || (value.startsWith("-") && !/^-\d/.test(value)))
    return `${rawName} needs a value`;
  return flags.has(name) ? `${rawName} is there twice` : undefined;
}

function unknownWord(word: string): string {
  const near = nearest(word, [...COMMANDS, "--help", "--version"]);
  return `there is no command ${shown(word)}${near === undefined ? "" : ` (did you mean ${near}?)`}`;
}

/** A word as it was typed, when it can be nothing but a word. */
function shown(word: string): string {
  return /^[\w-]{1,24}$/.test(word) ? `"${word}"` : "of that name";
}
