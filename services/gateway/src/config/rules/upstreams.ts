import { isLoopback, isLoopbackUrl } from "../address.ts";
import type { Rule } from "./rule.ts";

/** More than one is in the shape, not in this version: the second would never be asked. */
export const oneUpstream: Rule = ({ settings: { upstreams }, layers: { report } }) => {
  if (report.isFaulty("upstreams")) return;
  if (upstreams.length === 0)
    report.mistake("upstreams", "must name an engine", "ENGINE_URL=http://localhost:11434");
  if (upstreams.length > 1)
    report.mistake(
      "upstreams.1",
      "is not supported by this version, which takes one upstream",
      "(take it out)",
    );
};

/** A gateway in front of itself answers every request with its own refusal. */
export const upstreamIsNotUs: Rule = ({ settings: { server, upstreams }, layers: { report }, publicUrl }) => {
  for (const [index, { url }] of upstreams.entries()) {
    const path = `upstreams.${index}.url`;
    if (report.isFaulty(path) || report.isFaulty("server.port")) continue;
    const engine = new URL(url);
    const port = Number(engine.port || (engine.protocol === "https:" ? 443 : 80));
    const sameListener = isLoopback(engine.hostname) && port === server.port;
    if (sameListener || engine.origin === new URL(publicUrl).origin)
      report.mistake(path, "is the gateway's own address");
  }
};

export const keysTravelEncrypted: Rule = ({ settings: { upstreams }, layers: { report } }) => {
  for (const { url, apiKey } of upstreams) {
    if (apiKey !== undefined && /^http:/i.test(url) && !isLoopbackUrl(url))
      report.warn("ENGINE_API_KEY goes to the engine over plain http: whoever is on the way can read it");
  }
};
