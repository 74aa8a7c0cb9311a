import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Jwk, keysOf } from "../../audit/public-keys.ts";
import { readLine } from "../../audit/read-line.ts";
import { readRow } from "../../audit/read-row.ts";
import { type ChainInput, type ChainReport, ChainVerifier } from "../../audit/verify.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { openTrail } from "./open-trail.ts";
import { tellReport } from "./report.ts";

/**
 * Is the trail whole? From the database file, read-only and beside a running gateway, or from an export, with nothing else
 * at hand. Exit 0: whole; 1: broken, every broken row named; 2: nothing was verified.
 */
export async function verifyTrail(call: Call, flags: ToolFlags): Promise<number> {
  const [from] = flags["from"] ?? [];
  const kept = readKept(call, flags);
  const pinned = readJwks(call, flags);
  const report =
    from === undefined
      ? verifyDatabase(call, flags, { kept, pinned })
      : await verifyExport(resolve(call.cwd, from), { kept, pinned });
  return tellReport(call, report) ? EXIT.ok : EXIT.failure;
}

interface Given {
  /** Checkpoints that left the machine. */
  readonly kept: ChainInput["checkpoints"];
  /** Keys that came another way than the trail itself. */
  readonly pinned: readonly Jwk[] | undefined;
}

function verifyDatabase(call: Call, flags: ToolFlags, { kept, pinned }: Given): ChainReport {
  const trail = openTrail(call, flags);
  try {
    const stored = trail.checkpoints.map(({ seq, jws }) => ({ name: `the stored checkpoint ${seq}`, jws }));
    const verifier = new ChainVerifier({
      checkpoints: [...stored, ...kept],
      findKey: keysOf(pinned ?? trail.publicKeys.map(({ publicJwk }) => parseJwk(publicJwk))),
      highest: trail.highest,
    });
    for (const row of trail.rows()) verifier.add(readRow(row));
    return verifier.end();
  } finally {
    trail.close();
  }
}

async function verifyExport(path: string, { kept, pinned }: Given): Promise<ChainReport> {
  if (kept.length > 0 && pinned === undefined)
    throw new CliError("--checkpoint with --from needs --jwks: an export holds no keys", { usage: true });
  const findKey = keysOf(pinned ?? []);
  const verifier = new ChainVerifier({ checkpoints: kept, findKey, gaps: pinned !== undefined });
  const file = createReadStream(path);
  await once(file, "open").catch((error: Error) => {
    throw new CliError(`${path} cannot be read: ${error.message}`, { usage: true });
  });
  let line = 0;
  for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    const read = readLine(text);
    verifier.add(read.ok ? read.value : { seq: null, hash: null, problem: `line ${line} ${read.reason}` });
  }
  return verifier.end();
}

/** Several may stand in one file, a line each. */
function readKept({ cwd }: Call, flags: ToolFlags): ChainInput["checkpoints"] {
  return (flags["checkpoint"] ?? []).flatMap((file) => {
    const lines = readText(resolve(cwd, file)).split("\n");
    const found = lines.map((line) => line.trim()).filter((line) => line !== "");
    if (found.length === 0) throw new CliError(`${file} holds no checkpoint`, { usage: true });
    return found.map((jws, index) => ({ name: `the checkpoint of ${file}, line ${index + 1},`, jws }));
  });
}

function readJwks({ cwd }: Call, flags: ToolFlags): readonly Jwk[] | undefined {
  const [file] = flags["jwks"] ?? [];
  if (file === undefined) return undefined;
  const { keys } = parseJwk(readText(resolve(cwd, file)));
  if (!Array.isArray(keys)) throw new CliError(`${file} is not a JWK Set`, { usage: true });
  return keys.filter((key): key is Jwk => typeof key === "object" && key !== null);
}

function parseJwk(text: string): Jwk {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Jwk) : {};
  } catch {
    return {};
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}`, { usage: true });
  }
}
