import { isLoopback, isLoopbackUrl } from "../address.ts";
import type { Rule } from "./rule.ts";

/** Beyond loopback an address must be chosen: tokens are made out to it. */
export const bindNeedsPublicUrl: Rule = ({ settings: { server }, layers: { report }, command }) => {
  if (report.isFaulty("server.host") || report.isFaulty("server.publicUrl")) return;
  if (command === "dev") {
    if (!isLoopback(server.host))
      report.mistake(
        "server.host",
        "must be loopback for dev, which logs anybody in; use serve",
        "HOST=127.0.0.1",
      );
    return;
  }
  if (server.publicUrl !== undefined) return;
  if (!isLoopback(server.host))
    report.mistake(
      "server.publicUrl",
      `must be set, for ${report.nameOf("server.host")} is reachable from other machines`,
    );
  else if (server.port === 0)
    report.mistake("server.port", "can be 0 (any free port) only with PUBLIC_URL", "PORT=8080");
};

/** Tokens in the clear are for anyone on the way. */
export const publicUrlShouldBeHttps: Rule = ({ publicUrl, layers: { report } }) => {
  if (publicUrl.startsWith("http:") && !isLoopbackUrl(publicUrl))
    report.warn(
      "PUBLIC_URL is plain http: whoever is on the way can read tokens. Put TLS in front, and use https",
    );
};

/** S01: `open` is for one machine. */
export const openRegistrationWarns: Rule = ({ settings, layers: { report }, publicUrl }) => {
  const { agentRegistration, server } = settings;
  const narrow = isLoopback(server.host);
  if (narrow && isLoopbackUrl(publicUrl)) return;
  if (agentRegistration === "open" || (agentRegistration === undefined && narrow))
    report.warn(
      "AGENT_REGISTRATION is open and the gateway is not for this machine alone: whoever holds a user's token may name any agent",
    );
};
