import { isLoopback, isLoopbackUrl } from "../address.ts";
import type { Rule } from "./rule.ts";

/** Most upstreams of one gateway: each request looks at all of them. */
const MOST = 64;

export const upstreamsAreFew: Rule = ({ settings: { upstreams }, layers: { report } }) => {
  if (report.isFaulty("upstreams")) return;
  if (upstreams.length === 0)
    report.mistake("upstreams", "must name an engine", "ENGINE_URL=http://localhost:11434");
  if (upstreams.length > MOST) report.mistake("upstreams", `must be at most ${MOST}`);
};

/** Paths and policies call them by name, paths without regard to case. */
export const upstreamsAreDistinct: Rule = ({ settings: { upstreams }, layers: { report } }) => {
  const seen = new Map<string, number>();
  for (const [index, { name }] of upstreams.entries()) {
    const path = `upstreams.${index}.name`;
    if (report.isFaulty(path)) continue;
    const before = seen.get(name.toLowerCase());
    if (before === undefined) seen.set(name.toLowerCase(), index);
    else report.mistake(path, `is the name of upstreams[${before}] too; each needs its own`, "name: backup");
  }
};

/** A header for a key that is not there would leave the caller's own in its place. */
export const keysAreThere: Rule = ({ settings: { upstreams }, layers: { report, isNamed } }) => {
  for (const [index, { apiKey }] of upstreams.entries()) {
    if (apiKey !== undefined || report.isFaulty(`upstreams.${index}.apiKey`)) continue;
    for (const member of ["keyHeader", "keyScheme"]) {
      const path = `upstreams.${index}.${member}`;
      if (isNamed(path))
        report.mistake(path, "says how a key is sent, and there is none", "apiKey: {env: ENGINE_API_KEY}");
    }
  }
};

/** A path or a model that nobody serves is a mistake of the file, told before anybody meets it. */
export const listsAreNotEmpty: Rule = ({ settings: { upstreams }, layers: { report } }) => {
  for (const [index, upstream] of upstreams.entries()) {
    for (const member of ["models", "routes"] as const) {
      if (upstream[member]?.length === 0)
        report.mistake(`upstreams.${index}.${member}`, "is empty, so that nothing would ever go there");
    }
  }
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
  for (const [index, { url, apiKey, name }] of upstreams.entries()) {
    if (apiKey === undefined || !/^http:/i.test(url) || isLoopbackUrl(url)) continue;
    const key = index === 0 ? "ENGINE_API_KEY" : `The key of the upstream ${name}`;
    report.warn(`${key} goes to the engine over plain http: whoever is on the way can read it`);
  }
};
