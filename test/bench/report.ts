import { arch, cpus, platform } from "node:os";
import type { CrowdRow } from "./lanes/crowd.ts";
import type { ExchangeRow } from "./lanes/exchange.ts";
import type { Footprint } from "./lanes/footprint.ts";
import type { Row } from "./lanes/lane.ts";
import type { AuditFigures, VerificationFigures } from "./lanes/programs.ts";
import type { RevocationFigures } from "./lanes/revocation.ts";
import type { TaskFigures } from "./lanes/tasks.ts";
import { bare, direct } from "./peers/bare.ts";
import { median, pairedMedian } from "./statistics.ts";

export interface Report {
  readonly json: readonly Row[];
  readonly latency: readonly Row[];
  readonly first: readonly Row[];
  readonly stream: readonly Row[];
  readonly crowd: readonly CrowdRow[];
  readonly exchange: readonly ExchangeRow[];
  readonly verification: VerificationFigures | undefined;
  readonly revocation: RevocationFigures | undefined;
  readonly audit: AuditFigures | undefined;
  readonly tasks: TaskFigures | undefined;
  readonly footprint: Footprint;
}

const column = (row: Row | undefined, read: (round: Row["rounds"][number]) => number) =>
  row?.rounds.map(read) ?? [];
const known = (value: number, digits: number) => (Number.isNaN(value) ? "" : value.toFixed(digits));
const find = (rows: readonly Row[], name: string) => rows.find((row) => row.peer.name === name);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i < 2 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

function throughput(rows: readonly Row[]): string {
  const base = column(find(rows, bare.name), (round) => round.perSecond);
  return table(
    [
      "Peer",
      "What it does",
      "req/s",
      "× bare relay",
      "CPU µs/req",
      "× bare relay by CPU",
      "p50 ms",
      "p99 ms",
      "errors",
      "reached the engine",
      "MB after load",
    ],
    rows.map((row) => [
      row.peer.name,
      row.peer.does,
      median(column(row, (round) => round.perSecond)).toFixed(0),
      pairedMedian(
        column(row, (round) => round.perSecond),
        base,
        (a, b) => a / b,
      ).toFixed(2),
      known(median(row.cpu), 1),
      known(
        pairedMedian(row.cpu, find(rows, bare.name)?.cpu ?? [], (a, b) => b / a),
        2,
      ),
      median(column(row, (round) => round.p50)).toFixed(2),
      median(column(row, (round) => round.p99)).toFixed(2),
      String(row.rounds.reduce((sum, round) => sum + round.errors, 0)),
      String(row.reached),
      row.residentMb?.toFixed(0) ?? "",
    ]),
  );
}

function added(rows: readonly Row[], what: string, read: (round: Row["rounds"][number]) => number): string {
  const base = column(find(rows, direct.name), read);
  return table(
    ["Peer", "What it does", `${what} ms`, "added ms", "errors"],
    rows.map((row) => [
      row.peer.name,
      row.peer.does,
      median(column(row, read)).toFixed(3),
      pairedMedian(column(row, read), base, (a, b) => a - b).toFixed(3),
      String(row.rounds.reduce((sum, round) => sum + round.errors, 0)),
    ]),
  );
}

function exchanges(rows: readonly ExchangeRow[]): string {
  return table(
    ["Asked", "Kept", "answers/s", "p50 ms", "p99 ms", "CPU µs/answer", "errors"],
    rows.map(({ name, store, perSecond, p50, p99, cpu, errors }) => [
      name,
      store,
      perSecond.toFixed(0),
      p50.toFixed(2),
      p99.toFixed(2),
      cpu.toFixed(0),
      String(errors),
    ]),
  );
}

function handedOver({ tasks }: Report): string {
  const head = [
    "Asked",
    "Kept",
    "accepted/s",
    "p50 ms",
    "p99 ms",
    "CPU µs/task",
    "done/s meanwhile",
    "refused",
  ];
  if (tasks === undefined) return table(head, []);
  const { perSecond, p50, p99, cpu, donePerSecond, refused } = tasks;
  const digits = [
    perSecond.toFixed(0),
    p50.toFixed(1),
    p99.toFixed(1),
    cpu.toFixed(0),
    donePerSecond.toFixed(0),
  ];
  return table(head, [["`POST /a2a/tasks/send`", "SQLite", ...digits, String(refused)]]);
}

/** What was measured once, each with the unit it is in. */
function singles({ verification, revocation, audit }: Report): string {
  const rows: [string, string, string][] = [];
  if (verification !== undefined) {
    const { remembered, fresh, revoked } = verification;
    rows.push(["a remembered token verified", "in process", `${remembered.toFixed(2)} µs`]);
    rows.push(["a new ES256 token verified", "in process", `${fresh.toFixed(0)} µs`]);
    rows.push(["revocation applied, to refusal, p99", "in process", `${revoked.toFixed(1)} µs`]);
  }
  if (revocation !== undefined) {
    const { here, there } = revocation;
    const text = ({ median: middle, worst }: typeof here) =>
      `${middle.toFixed(1)} ms, at most ${worst.toFixed(1)}`;
    rows.push(["revocation answered, to the refusal's answer", "over HTTP, the same process", text(here)]);
    rows.push(["revocation answered, to the refusal's answer", "over HTTP, another process", text(there)]);
  }
  if (audit !== undefined) {
    const { rows: count, seconds } = audit;
    rows.push([
      `audit chain of ${count} rows verified`,
      "`attach-gateway audit verify`",
      `${seconds.toFixed(1)} s`,
    ]);
  }
  return table(["What", "Where", "Took"], rows);
}

function crowds(rows: readonly CrowdRow[]): string {
  return table(
    [
      "Peer",
      "Streams at once",
      "a stream takes s, p50",
      "p99",
      "first byte p99 ms",
      "pieces p99 apart ms",
      "core busy %",
      "errors",
      "MB before",
      "at most",
      "a while after",
    ],
    rows.map(({ peer, streams, load, busy, beforeMb, peakMb, afterMb }) => [
      peer.name,
      String(streams),
      (load.p50 / 1000).toFixed(2),
      (load.p99 / 1000).toFixed(2),
      (load.firstByteP99 ?? Number.NaN).toFixed(1),
      (load.gapP99 ?? Number.NaN).toFixed(1),
      known(busy, 0),
      String(load.errors),
      known(beforeMb, 0),
      known(peakMb, 0),
      known(afterMb, 0),
    ]),
  );
}

export function renderReport(report: Report, rounds: number): string {
  const { json, latency, first, stream, crowd, exchange, footprint } = report;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${platform()} ${arch()}, Node ${process.versions.node}`;
  return `# Benchmarks

Made by \`pnpm bench --write\`. ${machine}. The gateway has one core to itself; the load and the engine share the other.
Medians of ${rounds} interleaved rounds; ratios are taken within a round. Absolute figures differ from machine to machine: compare within a table.
The load rotates through RS256 tokens of as many users; the gateway runs as users run it, all stations on.

## JSON, 32 connections

${throughput(json)}

## Latency, one connection

${added(latency, "p50", (round) => round.p50)}

## Streams, one at a time: time to the first byte, p99

${added(first, "first byte p99", (round) => round.firstByteP99 ?? Number.NaN)}

## Streams, 64 at once, 64 pieces at 20 ms: time to the first byte, p99

${added(stream, "first byte p99", (round) => round.firstByteP99 ?? Number.NaN)}

## The same streams: time between two pieces, p99

${added(stream, "between pieces p99", (round) => round.gapP99 ?? Number.NaN)}

## Crowds of streams, 64 pieces at 20 ms: 1.26 s each at pace

${crowds(crowd)}

## The authority, 32 in flight

${exchanges(exchange)}

## Tasks, 32 connections: kept in SQLite (WAL, synchronous=FULL), and done by the engine meanwhile

${handedOver(report)}

## Verification, revocation, audit

${singles(report)}

## At rest

Ready ${footprint.readyMs.toFixed(0)} ms after its start; ${footprint.idleMb.toFixed(0)} MB resident when idle.
`;
}
