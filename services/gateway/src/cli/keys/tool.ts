import type { Tool } from "../tool.ts";

export const keysTool: Tool = {
  name: "keys",
  usage: [
    ["keys list", "the keys that tokens are signed with, and since when"],
    ["keys rotate", "a new key: published now, signing in some minutes. --now: within seconds;"],
    ["", "--compromised: the others are withdrawn at once, and every token of theirs is refused"],
  ],
  actions: { list: { flags: {} }, rotate: { flags: { now: "switch", compromised: "switch" } } },
  async run(call, { action, flags }) {
    if (action === "list") return (await import("./list.ts")).listKeys(call, flags);
    return (await import("./rotate.ts")).rotateKeys(call, flags);
  },
};
