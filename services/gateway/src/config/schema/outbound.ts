import Type from "typebox";
import { list } from "../setting.ts";

export const outbound = Type.Object(
  {
    allow: list("host", {
      description:
        "Hosts that the gateway may ask at private addresses: where key sets, DID documents and the like are in your own network. The hosts of `issuers` are allowed for their own keys.",
      env: "OUTBOUND_ALLOW",
      default: [],
      example: "keys.corp.example",
    }),
  },
  { description: "Servers that the gateway asks because somebody named them." },
);
