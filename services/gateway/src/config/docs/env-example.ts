import type { Setting } from "../settings.ts";
import { listSections, writtenDefault } from "./sections.ts";

const INTRODUCTION = `# Settings of Attach Gateway. Copy to .env and take away the # where a default does not suit.
# The real environment beats this file; empty is unset. All settings: docs/configuration.md.
# This file is generated from the schema: pnpm generate.
`;

/** `.env.example`: every variable that this version acts on, as a comment. */
export function renderEnvExample(): string {
  const sections = listSections().flatMap(({ title, settings }) => {
    const entries = settings.filter(({ info }) => info.env !== undefined && info.support === undefined);
    return entries.length === 0 ? [] : [`# --- ${title} ---\n\n${entries.map(renderEntry).join("\n")}`];
  });
  return [INTRODUCTION, ...sections].join("\n");
}

function renderEntry(setting: Setting): string {
  const { info } = setting;
  const credential = info.secret !== undefined && info.kind !== "address";
  const value = credential ? "" : (writtenDefault(setting) ?? info.example);
  const file = info.secret === undefined ? [] : [`# Or its file: ${info.env}_FILE`];
  return [...wrap(info.description), ...file, `#${info.env}=${quoted(value)}`, ""].join("\n");
}

/** A dotenv value with spaces stands in quotes, so that a shell reads it too. */
function quoted(value: string): string {
  return /[\s|*<>]/.test(value) ? `"${value}"` : value;
}

/** Comment lines of at most 100 characters. */
function wrap(text: string): readonly string[] {
  const lines = [""];
  for (const word of text.replaceAll("`", "").split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last.length + word.length > 97) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}`);
}
