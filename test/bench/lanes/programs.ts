import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { GATEWAY_CORE } from "../pinned.ts";

const run = promisify(execFile);
const LAUNCHER = resolve(import.meta.dirname, "../../../services/gateway/bin/attach-gateway.js");

/** Microseconds. */
export interface VerificationFigures {
  readonly remembered: number;
  /** An ES256 token that was not seen before. */
  readonly fresh: number;
  /** From a revocation being applied to the refusal, p99. */
  readonly revoked: number;
}

/** Verification in a process of its own, on the gateway's core. */
export async function measureVerification(): Promise<VerificationFigures> {
  const { stdout } = await pinned([program("verification.ts")]);
  return JSON.parse(stdout) as VerificationFigures;
}

export interface AuditFigures {
  readonly rows: number;
  /** Of `attach-gateway audit verify`, with its start. */
  readonly seconds: number;
}

/** Writes a chain of so many rows and verifies it as an auditor would. */
export async function measureAudit(folder: string, rows: number): Promise<AuditFigures> {
  const file = join(folder, "chain.db");
  await pinned([program("audit-chain.ts"), "--file", file, "--rows", String(rows)]);
  const began = performance.now();
  const { stdout } = await pinned([LAUNCHER, "audit", "verify"], { DATABASE_URL: `sqlite:${file}` });
  const seconds = (performance.now() - began) / 1000;
  if (!stdout.includes(String(rows)) && !stdout.includes(rows.toLocaleString("en-US")))
    throw new Error(`not the chain that was written: ${stdout}`);
  return { rows, seconds };
}

const program = (name: string) => resolve(import.meta.dirname, "../programs", name);

function pinned(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run("taskset", ["-c", String(GATEWAY_CORE), process.execPath, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    maxBuffer: 1 << 24,
  });
}
