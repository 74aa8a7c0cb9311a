import Type from "typebox";
import { choice, duration } from "../setting.ts";

export const audit = Type.Object(
  {
    calls: choice(["on", "off"], {
      description:
        "Whether relayed calls are recorded in the audit trail. What the authority does (tokens, revocations, agents, grants, keys) always is.",
      env: "AUDIT_CALLS",
      default: "on",
      example: "off",
    }),
    checkpointEvery: duration({
      description: "How often the end of the audit trail is signed at least, while it grows.",
      env: "AUDIT_CHECKPOINT_EVERY",
      default: "10m",
      least: 1000,
      most: 24 * 60 * 60_000,
      example: "1m",
    }),
  },
  { description: "The audit trail." },
);
