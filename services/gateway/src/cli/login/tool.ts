import type { Tool } from "../tool.ts";

export const loginTool: Tool = {
  name: "login",
  usage: [
    ["login", "signs you in at the identity provider (device flow); the token alone on stdout"],
    ["", "[--gateway <url> | --issuer <url> --client-id <id>] [--audience --resource --scope]"],
    ["", "--save: keeps it, prints nothing; --print: keeps nothing; --again: asks anew; --forget"],
  ],
  actions: {
    "": {
      flags: {
        gateway: "value",
        issuer: "value",
        "client-id": "value",
        audience: "list",
        resource: "list",
        scope: "list",
        save: "switch",
        print: "switch",
        again: "switch",
        forget: "switch",
      },
    },
  },
  async run(call, { flags }) {
    const { login } = await import("./login.ts");
    return login(call, flags);
  },
};
