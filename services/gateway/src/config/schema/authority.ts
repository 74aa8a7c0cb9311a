import Type from "typebox";
import { choice, duration, integer, onOff, secret } from "../setting.ts";

export const agentRegistration = Type.Optional(
  choice(["open", "registered"], {
    description:
      '`open`: whoever holds a user\'s token may name any agent id, and token and audit say `agent_auth: "none"`. `registered`: registered agents only.',
    env: "AGENT_REGISTRATION",
    computed: "`open` on a loopback `HOST`, else `registered`",
    example: "registered",
  }),
);

const MINUTE = 60_000;
/** CONTRACT §6: 30 seconds to one hour. */
const LIFETIME = { least: 30_000, most: 60 * MINUTE };

export const tokens = Type.Object(
  {
    ttl: duration({
      description: "Lifetime of an agent token that asks for none.",
      env: "AGENT_TOKEN_TTL",
      default: "5m",
      ...LIFETIME,
      example: "5m",
    }),
    maxTtl: duration({
      description: "Longest lifetime an agent token may ask for.",
      env: "AGENT_TOKEN_MAX_TTL",
      default: "1h",
      ...LIFETIME,
      example: "15m",
    }),
    sessionMax: duration({
      description: "How long a delegation may be renewed.",
      env: "SESSION_MAX",
      default: "8h",
      least: 1000,
      most: 30 * 24 * 60 * MINUTE,
      example: "8h",
    }),
    depth: integer({
      description:
        "Most agents in one chain of delegation (user → agent → agent → …). A registered agent may be held to less.",
      env: "DELEGATION_DEPTH",
      default: 3,
      least: 1,
      most: 8,
      example: "3",
    }),
    scopeMode: choice(["strict", "lenient"], {
      description:
        "An agent that asks for more scopes than it may have is refused (`strict`), or gets less and is told (`lenient`).",
      env: "SCOPE_MODE",
      default: "strict",
      example: "lenient",
    }),
    algorithm: choice(["ES256", "RS256"], {
      description:
        "What agent tokens are signed with. After a change the new key is published first, and signs when every verifier knows it.",
      env: "TOKEN_ALG",
      default: "ES256",
      example: "RS256",
    }),
    keyRotation: duration({
      description:
        "How long a key signs before the next one takes its place, without a pause. `attach-gateway keys rotate` does it sooner.",
      env: "KEY_ROTATION",
      default: "30d",
      least: 60 * MINUTE,
      most: 366 * 24 * 60 * MINUTE,
      example: "30d",
    }),
    dpopNonce: choice(["off", "required"], {
      description:
        "`required`: every DPoP proof must carry a nonce of ours, which the first answer brings. A nonce is one process's: with several, clients must stay with one. A proof whose clock is off is asked for a nonce either way.",
      env: "DPOP_NONCE",
      default: "off",
      example: "required",
    }),
  },
  { description: "Agent tokens." },
);

export const revocations = Type.Object(
  {
    failClosed: Type.Optional(
      onOff({
        description:
          "Refuse every token (503) while the revocations of other processes have not been read for longer than `maxLag`.",
        env: "REVOCATIONS_FAIL_CLOSED",
        computed: "`on` with PostgreSQL or Redis, `off` with SQLite",
        example: "on",
      }),
    ),
    maxLag: duration({
      description: "Longest time without news of other processes' revocations before tokens are refused.",
      env: "REVOCATIONS_MAX_LAG",
      default: "5s",
      least: 1000,
      most: 10 * MINUTE,
      example: "5s",
    }),
  },
  { description: "Revocations that other processes on the same store have made." },
);

export const enforce = choice(["on", "report"], {
  description:
    "`report`: scope and policy refusals are logged and counted, but let through. Identity is always enforced.",
  env: "ENFORCE",
  default: "on",
  example: "report",
});

export const secretKeys = Type.Optional(
  secret("key", {
    description:
      "Key that everything else is derived from: 32 bytes or more; several, newest first, separated by commas, so that it can be rotated.",
    env: "ATTACH_SECRET",
    computed: "made on first start beside the SQLite file, mode 0600",
    example: "<output of: openssl rand -base64 32>",
  }),
);
