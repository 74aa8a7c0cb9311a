/** `pnpm bench`: our relay beside its peers in one run. See `options.ts` for the flags. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BenchEngine, startJsonEngine, startStreamEngine } from "./engine.ts";
import { measureExchange } from "./lanes/exchange.ts";
import { measureFootprint } from "./lanes/footprint.ts";
import { type LaneOptions, type Row, runLane } from "./lanes/lane.ts";
import { measureMemory } from "./lanes/memory.ts";
import { createLoader } from "./load.ts";
import { readOptions } from "./options.ts";
import { attach, attachAudited } from "./peers/attach.ts";
import { bare, bareTuned, direct } from "./peers/bare.ts";
import { haproxy } from "./peers/haproxy.ts";
import { nginx } from "./peers/nginx.ts";
import type { Peer } from "./peers/peer.ts";
import { portkey } from "./peers/portkey.ts";
import { renderReport } from "./report.ts";
import { startIssuer } from "./tokens.ts";

const AUDIENCE = "http://gateway.bench";
const STREAMS = 20;

type LaneChoice = Pick<LaneOptions, "connections" | "kind"> & { readonly engine: BenchEngine };

const options = readOptions(process.argv.slice(2));
const all = [direct, bare, bareTuned, attach, attachAudited, nginx, haproxy, portkey];
const peers = all.filter(
  (peer) => peer.isInstalled() && (options.only.length === 0 || options.only.includes(peer.id)),
);
const few = peers.filter((peer) => [direct, bare, attach].includes(peer));

const folder = mkdtempSync(join(tmpdir(), "attach-bench-"));
const issuer = await startIssuer(AUDIENCE, options.tokens);
const jsonEngine = await startJsonEngine(folder);
const streamEngine = await startStreamEngine();
try {
  const loader = createLoader(folder, issuer.tokens);
  const setting = {
    engine: jsonEngine.url,
    folder,
    issuer: issuer.issuer,
    audience: AUDIENCE,
    publicKey: issuer.publicKey,
  };
  const footprint = await measureFootprint(setting);
  const lane = (name: string, chosen: readonly Peer[], { engine, ...load }: LaneChoice): Promise<Row[]> => {
    if (!options.lanes.includes(name)) return Promise.resolve([]);
    const { rounds, seconds } = options;
    return runLane(chosen, setting, { engine, loader, options: { rounds, seconds, ...load } });
  };
  const { connections } = options;
  const json = await lane("json", peers, { engine: jsonEngine, connections, kind: "json" });
  const latency = await lane("latency", few, { engine: jsonEngine, connections: 1, kind: "json" });
  const stream = await lane("stream", few, { engine: streamEngine, connections: STREAMS, kind: "stream" });
  const exchange = options.lanes.includes("exchange") ? await measureExchange(setting, issuer, options) : [];
  const memory = options.lanes.includes("memory")
    ? await measureMemory(setting, { engine: jsonEngine, loader, ...options })
    : [];
  const figures = { memory, json, latency, stream, exchange, footprint };
  const report = renderReport(figures, options.rounds);
  process.stdout.write(report);
  if (options.write) writeFileSync(resolve(import.meta.dirname, "../../docs/benchmarks.md"), report);
  if (options.json !== undefined) {
    writeFileSync(options.json, JSON.stringify(figures, null, 2));
  }
} finally {
  await Promise.all([jsonEngine.stop(), streamEngine.stop()]);
  issuer.close();
  rmSync(folder, { recursive: true, force: true });
}
