import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { createOutbound } from "../../outbound/outbound.ts";
import { type Call, EXIT } from "../call.ts";
import { createSender, type Send } from "../send.ts";
import type { ToolFlags } from "../tool.ts";
import { checkEngine } from "./check-engine.ts";
import { checkIssuer } from "./check-issuer.ts";
import { checkNode } from "./check-node.ts";
import { checkPort } from "./check-port.ts";
import { checkSecret, checkStore } from "./check-store.ts";
import { type Finding, fail, good, warn } from "./finding.ts";

/** A machine that does not answer is told as that after so long, in milliseconds. */
const PATIENCE_MS = 5_000;

const MARKS = { ok: "✓", warn: "!", fail: "✗" } as const;

/** `attach-gateway doctor`: everything at once, and it changes nothing. Exit code 1 where something is broken. */
export async function doctor(call: Call, flags: ToolFlags): Promise<number> {
  const { send, close } = createSender({ timeoutMs: PATIENCE_MS });
  try {
    const findings = await examine(call, flags, send);
    const failed = findings.some(({ status }) => status === "fail");
    if (flags["json"] !== undefined) call.say(JSON.stringify({ ok: !failed, checks: findings }, null, 2));
    else for (const finding of findings) call.say(lineOf(finding));
    return failed ? EXIT.failure : EXIT.ok;
  } finally {
    close();
  }
}

/** One line each: what a program of somebody else said is in it, so no control characters. */
function lineOf({ name, status, message, mend }: Finding): string {
  const line = `${MARKS[status]} ${name}: ${message}${mend === undefined ? "" : `. Mend: ${mend}`}`;
  return line.replace(/\p{Cc}+/gu, " ");
}

async function examine(call: Call, flags: ToolFlags, send: Send): Promise<readonly Finding[]> {
  const { config, findings } = readConfig(call, flags);
  const first = [checkNode(process.versions.node), ...findings];
  if (config === undefined) return first;
  const outbound = createOutbound(config.outbound.forIssuers);
  const looks = await Promise.all([
    ...config.issuers.map((issuer) => checkIssuer(issuer, outbound)),
    ...config.upstreams.map((upstream) => checkEngine(upstream, send)),
    [...checkStore(config), ...checkSecret(config)],
    checkPort(config, send),
  ]);
  outbound.close();
  // A backend gets a look of its own when there is one.
  const memory = good("memory", "this version remembers nothing, so there is nothing to reach");
  return [...first, ...looks.flat(), memory];
}

/** As `serve` reads it; where only the issuer is missing, the rest can be looked at all the same. */
function readConfig(call: Call, flags: ToolFlags) {
  const words = ["config", "port", "host", "upstream"].map((name) => [name, flags[name]?.[0]] as const);
  const sources = { flags: Object.fromEntries(words), env: call.env, cwd: call.cwd };
  const served = loadConfig({ ...sources, command: "serve" });
  if (served.ok) return { config: served.value, findings: sayConfig(served.value) };
  const usable = loadConfig({ ...sources, command: "tool" });
  const mistakes = served.reason.map(({ key, problem, example }) =>
    fail("configuration", `${key} ${problem}`, example.replace(/\s+/g, " ")),
  );
  return { config: usable.ok ? usable.value : undefined, findings: mistakes };
}

function sayConfig({ warnings }: Config): readonly Finding[] {
  const risks = warnings.map((warning) =>
    warn("configuration", warning, "see docs/configuration.md, or leave it so if it is meant"),
  );
  return [good("configuration", "reads without a mistake"), ...risks];
}
