import type { Tool } from "../tool.ts";

export const doctorTool: Tool = {
  name: "doctor",
  usage: [
    ["doctor", "looks at configuration, providers, engine, store, port: what is wrong, how to mend [--json]"],
  ],
  actions: { "": { flags: { json: "switch", port: "value", host: "value", upstream: "value" } } },
  async run(call, { flags }) {
    const { doctor } = await import("./doctor.ts");
    return doctor(call, flags);
  },
};
