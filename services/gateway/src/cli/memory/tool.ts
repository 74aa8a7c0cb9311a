import type { Tool } from "../tool.ts";

export const memoryTool: Tool = {
  name: "memory",
  usage: [
    ["memory erase", "forgets all that is remembered of a user: --user '<iss>|<sub>' [--tenant <name>]"],
  ],
  actions: { erase: { flags: { user: "value", tenant: "value" } } },
  async run(call, { flags }) {
    const { eraseMemory } = await import("./erase.ts");
    return eraseMemory(call, flags);
  },
};
