import type { Action, Tool } from "../tool.ts";

/** What can be said of an agent; `--scope`, `--audience` and `--delegate-to` any number of times. */
const MEMBERS: Action["flags"] = {
  name: "value",
  owner: "value",
  auth: "value",
  jwks: "value",
  scope: "list",
  audience: "list",
  ttl: "value",
  depth: "value",
  "delegate-to": "list",
  introspect: "value",
  endpoint: "value",
  protocol: "value",
  resource: "value",
  json: "switch",
};

const one: Action = { flags: { json: "switch" }, words: 1 };

export const agentsTool: Tool = {
  name: "agents",
  usage: [
    ["agents list", "every registered agent [--json]"],
    [
      "agents add <id>",
      "registers one: --owner '<iss>|<sub>' [--name --scope --audience --ttl --depth --delegate-to",
    ],
    [
      "",
      "--introspect yes|no --jwks <file> --auth --endpoint <url> --protocol --resource]; its secret on stdout",
    ],
    ["agents show <id>", "one agent [--json]"],
    ["agents update <id>", "changes one, by the same flags"],
    ["agents suspend <id>", "no new tokens, and its live ones die"],
    ["agents resume <id>", "new tokens again"],
    ["agents remove <id>", "forgets one; its live tokens die"],
    ["agents rotate-secret", "<id>: a new secret on stdout; the old one ends"],
  ],
  actions: {
    list: { flags: { json: "switch" } },
    add: { flags: MEMBERS, words: 1 },
    show: one,
    update: { flags: MEMBERS, words: 1 },
    suspend: one,
    resume: one,
    remove: one,
    "rotate-secret": one,
  },
  async run(call, order) {
    const { agents } = await import("./agents.ts");
    return agents(call, order);
  },
};
