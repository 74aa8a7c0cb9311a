import { listSettings, type Setting } from "../settings.ts";

/** The settings in the groups that documents show them in. */
export interface Section {
  readonly title: string;
  readonly settings: readonly Setting[];
}

const GROUPS: readonly (readonly [title: string, ...tops: readonly string[]])[] = [
  [
    "Who the users are",
    "issuers",
    "insecureIssuers",
    "foreign",
    "did",
    "outbound",
    "userScopes",
    "adminSubjects",
  ],
  ["The engine", "upstreams", "defaultModel"],
  ["The gateway", "server"],
  ["Agent tokens", "agentRegistration", "tokens", "revocations", "enforce", "policy"],
  ["Agents", "agents", "a2a"],
  ["Limits", "limits"],
  ["Data and secrets", "database", "secret", "audit", "durability", "redis"],
  ["Usage, metrics and traces", "metering", "telemetry"],
  ["Workflows", "temporal"],
  ["Memory", "memory"],
  ["Names of the earlier gateway", "auth0"],
];

export function listSections(): readonly Section[] {
  const all = listSettings();
  const sections = GROUPS.map(([title, ...tops]) => ({
    title,
    settings: tops.flatMap((top) => all.filter(({ path }) => path[0] === top)),
  }));
  const shown = sections.reduce((count, { settings }) => count + settings.length, 0);
  if (shown !== all.length) throw new Error("a setting stands in no section of the documents");
  return sections;
}

/** A default as it is written in the environment; `undefined` where there is none. */
export function writtenDefault({ node, info }: Setting): string | undefined {
  const { default: fallback } = node;
  if (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0)) return undefined;
  if (Array.isArray(fallback)) return fallback.join(" ");
  return info.kind === "switch" ? (fallback === true ? "on" : "off") : String(fallback);
}
