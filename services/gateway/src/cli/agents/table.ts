import type { AgentShape } from "../../authority/registry/schema.ts";
import { printable } from "../printable.ts";

const HEAD = ["ID", "STATUS", "AUTH", "OWNER", "SCOPES"] as const;

/** One line an agent, columns as wide as they need to be. */
export function agentTable(agents: readonly AgentShape[]): readonly string[] {
  const rows = agents.map(({ id, status, auth, owner, scopes }) => [
    id,
    status,
    auth,
    `${owner.iss}|${owner.sub}`,
    scopes?.join(" ") ?? "(the user's)",
  ]);
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [[...HEAD], ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** One line a member, the owner as `--owner` takes it. Names may hold anything printable, so they are shown as JSON. */
export function agentLines({ owner, ...agent }: AgentShape): readonly string[] {
  const { id, name, ...rest } = agent;
  const members = { id, name, owner: `${owner.iss}|${owner.sub}`, ...rest };
  return Object.entries(members).map(([member, value]) => `${member.padEnd(14)} ${plain(value)}`.trimEnd());
}

function plain(value: unknown): string {
  if (value === null) return "(not set)";
  if (typeof value === "string" && /^[\x20-\x7e]*$/.test(value)) return value;
  return Array.isArray(value) && value.every((item) => typeof item === "string")
    ? value.join(" ")
    : printable(JSON.stringify(value));
}
