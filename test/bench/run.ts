/** `pnpm bench`: our relay beside its peers in one run. See `options.ts` for the flags. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BenchEngine, startJsonEngine, startStreamEngine } from "./engine.ts";
import { type CrowdRow, measureCrowd } from "./lanes/crowd.ts";
import { measureExchange } from "./lanes/exchange.ts";
import { measureFootprint } from "./lanes/footprint.ts";
import { measureIntrospection } from "./lanes/introspection.ts";
import { measureKeycloak } from "./lanes/keycloak.ts";
import { type LaneOptions, type Row, runLane } from "./lanes/lane.ts";
import { measureMemory } from "./lanes/memory.ts";
import { measureAudit, measureVerification } from "./lanes/programs.ts";
import { measureRevocation } from "./lanes/revocation.ts";
import { measureTasks } from "./lanes/tasks.ts";
import { createLoader } from "./load.ts";
import { readOptions } from "./options.ts";
import { attach, attachAudited, attachLimited, attachMetered, attachUndici } from "./peers/attach.ts";
import { bare, bareTuned, direct } from "./peers/bare.ts";
import { haproxy } from "./peers/haproxy.ts";
import { nginx } from "./peers/nginx.ts";
import type { Peer } from "./peers/peer.ts";
import { portkey } from "./peers/portkey.ts";
import { renderReport } from "./report.ts";
import { startIssuer } from "./tokens.ts";

const AUDIENCE = "http://gateway.bench";
const STREAMS = 64;
const CROWDS = [500, 1000];

type LaneChoice = Pick<LaneOptions, "connections" | "kind"> & { readonly engine: BenchEngine };

const options = readOptions(process.argv.slice(2));
const ladder = [attach, attachUndici, attachLimited, attachMetered, attachAudited];
const all = [direct, bare, bareTuned, ...ladder, nginx, haproxy, portkey];
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
  /** One stream at a time, and short ones: so many that there is a 99th percentile. */
  async function firstBytes(): Promise<Row[]> {
    const engine = await startStreamEngine(2);
    return lane("first", few, { engine, connections: 1, kind: "stream" }).finally(engine.stop);
  }
  const { connections } = options;
  const json = await lane("json", peers, { engine: jsonEngine, connections, kind: "json" });
  const latency = await lane("latency", few, { engine: jsonEngine, connections: 1, kind: "json" });
  const first = await firstBytes();
  const stream = await lane("stream", few, { engine: streamEngine, connections: STREAMS, kind: "stream" });
  const isAsked = (name: string) => options.lanes.includes(name);
  const exchange = [
    ...(isAsked("exchange") ? await measureExchange(setting, issuer, options) : []),
    ...(isAsked("introspection") ? await measureIntrospection(setting, issuer, options) : []),
    ...(isAsked("keycloak") ? await measureKeycloak(folder, options) : []),
  ];
  const verification = isAsked("verification") ? await measureVerification() : undefined;
  const revocation = isAsked("revocation") ? await measureRevocation(setting, issuer) : undefined;
  const audit = isAsked("audit") ? await measureAudit(folder, options.auditRows) : undefined;
  const tasks = isAsked("tasks")
    ? await measureTasks(setting, { issuer, engine: jsonEngine }, options)
    : undefined;
  const crowd: CrowdRow[] = [];
  for (const streams of options.lanes.includes("crowd") ? CROWDS : []) {
    for (const peer of [direct, bare, attach, attachAudited].filter((one) => peers.includes(one)))
      crowd.push(await measureCrowd(peer, setting, { engine: streamEngine, loader, streams }));
  }
  const memory = isAsked("memory")
    ? await measureMemory(setting, { engine: jsonEngine, loader, ...options })
    : [];
  const figures = {
    memory,
    json,
    latency,
    first,
    stream,
    crowd,
    exchange,
    verification,
    revocation,
    audit,
    tasks,
    footprint,
  };
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
