import type { Setting } from "../settings.ts";
import { listSections, writtenDefault } from "./sections.ts";

const INTRODUCTION = `# Configuration

<!-- Generated from the schema in services/gateway/src/config: run \`pnpm generate\`. -->

A setting comes from, in this order: a command-line flag, the environment, \`.env\` in the working folder, the file \`attach.yaml\`
there (or the one \`--config\` names), its default. Empty is unset. Every mistake is reported at once, and the program stops with exit code 2.

**Lists** are separated by spaces or commas. **Times** carry a unit (\`500ms\`, \`30s\`, \`5m\`, \`8h\`, \`2d\`); a bare number counts seconds.
**Sizes** too (\`16KiB\`, \`128MiB\`); a bare number counts bytes. **Switches** are \`on\` or \`off\`.

**Secrets** are read from their variable, or from the file that \`NAME_FILE\` names (not both). In \`attach.yaml\` they are \`{env: NAME}\`, never the
secret itself; an address of a database may stand there as long as it holds no password. No message shows a value that was given.

**Lists of servers.** \`issuers\` and \`upstreams\` are lists in the file; the environment speaks of the first entry. When it names
another address than the file, nothing else of that entry is taken from the file: a key or an audience of one server is never used for another.

An editor that reads JSON Schema completes \`attach.yaml\` with [attach.schema.json](attach.schema.json). An example:

\`\`\`yaml
server:
  publicUrl: https://gateway.example.com
  host: 0.0.0.0
issuers:
  - issuer: https://login.example.com/realms/main
    audiences: [https://gateway.example.com]
    clientId: attach-web
upstreams:
  - name: ollama
    url: http://ollama:11434
    apiKey: { env: ENGINE_API_KEY }
    firstByteTimeout: 15m
agentRegistration: registered
database: sqlite:/var/lib/attach/attach.db
secret: { env: ATTACH_SECRET }
\`\`\`
`;

/** `docs/configuration.md`. */
export function renderMarkdown(): string {
  const sections = listSections().map(
    ({ title, settings }) =>
      `## ${title}\n\n| Setting | Default | What it is |\n|---|---|---|\n${settings.map(renderRow).join("\n")}\n`,
  );
  return [INTRODUCTION, ...sections].join("\n");
}

function renderRow(setting: Setting): string {
  const { path, info } = setting;
  const key = path.join(".").replaceAll(".*", "[]");
  const names = [
    ...(info.flag === undefined ? [] : [`\`--${info.flag}\``]),
    ...(info.env === undefined ? [] : [`\`${info.env}\``]),
    `\`${key}\``,
  ];
  const value = writtenDefault(setting);
  const fallback = info.computed ?? (value === undefined ? "none" : `\`${value}\``);
  return `| ${names.join("<br>")} | ${fallback} | ${describe(setting)} |`;
}

function describe({ node, info }: Setting): string {
  const values = node.enum ?? node.items?.enum;
  const parts = [
    SUPPORT[info.support ?? "full"],
    info.description,
    values === undefined ? "" : `One of ${values.map((value) => `\`${value}\``).join(", ")}.`,
    describeSecret(info),
    info.secret === undefined && values === undefined ? `Example: \`${info.example}\`.` : "",
  ];
  return parts
    .filter((part) => part !== "")
    .join(" ")
    .replaceAll("|", "\\|");
}

function describeSecret({ secret, env }: Setting["info"]): string {
  if (secret === undefined) return "";
  return env === undefined ? "Secret: `{ env: NAME }`." : `Secret; also \`${env}_FILE\`.`;
}

const SUPPORT = {
  full: "",
  refused: "**Not in this version: setting it stops the boot.**",
  ignored: "**Not in this version: setting it has no effect, and a line says so.**",
} as const;
