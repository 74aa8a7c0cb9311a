import type { Tool } from "../tool.ts";

export const policyTool: Tool = {
  name: "policy",
  usage: [
    [
      "policy explain",
      "what do the policies say, and which? --user '<iss>|<sub>' [--agent <id>] --path <path>",
    ],
    [
      "",
      "[--method <method>] [--model <name>], or --action exchange|delegate|account --to <agent> --scope <scopes>",
    ],
    ["policy validate", "are the policies right? [<file or folder> …]"],
  ],
  actions: {
    explain: {
      flags: {
        user: "value",
        service: "switch",
        agent: "value",
        registered: "switch",
        chain: "value",
        bound: "switch",
        action: "value",
        upstream: "value",
        method: "value",
        path: "value",
        model: "value",
        scope: "value",
        to: "value",
        "to-registered": "switch",
        audience: "value",
        json: "switch",
      },
    },
    validate: { flags: {}, words: 64 },
  },
  async run(call, order) {
    if (order.action === "validate") {
      const { validate } = await import("./validate.ts");
      return validate(call, order);
    }
    const { explain } = await import("./explain.ts");
    return explain(call, order);
  },
};
