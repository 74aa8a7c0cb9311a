/**
 * Load over raw sockets, one request at a time on each: prints counts and percentiles of the time to the first body byte,
 * between two pieces, and to the end. For streams, and for JSON where wrk is not installed.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { PATH, REQUEST_BODY } from "../request.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    tokens: { type: "string", default: "" },
    connections: { type: "string", default: "1" },
    seconds: { type: "string", default: "1" },
    accept: { type: "string", default: "application/json" },
    header: { type: "string", multiple: true, default: [] },
  },
});
/** About as long as a stream of the bench's engine lasts. */
const SPREAD_MS = 1_280;

const { hostname, port, host } = new URL(values.url);
const tokens = JSON.parse(readFileSync(values.tokens, "utf8")) as string[];
const extra = values.header.map((line) => `${line}\r\n`).join("");
const firstBytes: number[] = [];
const wholes: number[] = [];
const gaps: number[] = [];
const isStream = values.accept === "text/event-stream";
let errors = 0;
let turn = 0;

function nextRequest(): string {
  const token = tokens[turn++ % tokens.length];
  return `POST ${PATH} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nAccept: ${values.accept}\r\n${extra}Content-Length: ${REQUEST_BODY.length}\r\n\r\n${REQUEST_BODY}`;
}

function isWhole(text: string, body: number): boolean {
  if (isStream) return text.endsWith("\r\n0\r\n\r\n");
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, body))?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length - body >= Number(length);
}

function run(deadline: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname).setNoDelay().setEncoding("latin1");
    let text = "";
    let began = 0;
    let body = -1;
    let last = 0;
    const ask = () => {
      if (performance.now() > deadline) {
        socket.destroy();
        resolve();
        return;
      }
      text = "";
      body = -1;
      began = performance.now();
      socket.write(nextRequest());
    };
    socket.on("connect", ask).on("data", (more: string) => {
      text += more;
      const now = performance.now();
      if (body !== -1) gaps.push(now - last);
      last = now;
      if (body === -1) {
        const end = text.indexOf("\r\n\r\n");
        if (end === -1 || text.length === end + 4) return;
        body = end + 4;
        firstBytes.push(now - began);
      }
      if (!isWhole(text, body)) return;
      if (!text.startsWith("HTTP/1.1 200 ")) errors += 1;
      wholes.push(now - began);
      ask();
    });
    socket.on("error", () => {
      errors += 1;
      resolve();
    });
    socket.on("close", () => resolve());
  });
}

const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;

const start = performance.now();
const connections = Number(values.connections);
await Promise.all(
  Array.from({ length: connections }, async (_, index) => {
    // Spread out: in step, each would measure the wait behind all the others.
    await new Promise((wake) => setTimeout(wake, (index * SPREAD_MS) / connections));
    await run(start + Number(values.seconds) * 1000);
  }),
);
const elapsed = (performance.now() - start) / 1000;
firstBytes.sort((a, b) => a - b);
wholes.sort((a, b) => a - b);
gaps.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({
    perSecond: wholes.length / elapsed,
    p50: percentile(wholes, 0.5),
    p99: percentile(wholes, 0.99),
    firstByteP50: percentile(firstBytes, 0.5),
    firstByteP99: percentile(firstBytes, 0.99),
    gapP99: percentile(gaps, 0.99),
    errors,
  }),
);
