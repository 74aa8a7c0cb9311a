import type { Tool } from "../tool.ts";

export const auditTool: Tool = {
  name: "audit",
  usage: [
    ["audit verify", "is the audit trail whole? [--from <export>] [--checkpoint <file>] [--jwks <file>]"],
    ["audit export", "every row, one JSON object a line [--since <time>] [--until <time>]"],
    ["audit tail", "the newest rows [--lines <n>] [--follow]"],
    ["audit checkpoint", "the newest signed checkpoint, to be kept elsewhere"],
    ["audit erase", "forgets a person: --user '<iss>|<sub>'; the trail stays whole"],
  ],
  actions: {
    verify: { flags: { from: "value", checkpoint: "list", jwks: "value" } },
    export: { flags: { format: "value", since: "value", until: "value" } },
    tail: { flags: { lines: "value", follow: "switch" } },
    checkpoint: { flags: {} },
    erase: { flags: { user: "value" } },
  },
  async run(call, order) {
    const { audit } = await import("./audit.ts");
    return audit(call, order);
  },
};
